"""What only somebody of the place knows of an account, for whoever must prove that it is theirs (ID-6)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from chassis.transaction import Transaction
from services.billing.domain.ledger import PAYMENT

Row = Mapping[str, Any]


def last_payment(tx: Transaction, account_id: str) -> Decimal | None:
    """The amount of the account's last payment, from whatever source."""
    found: Decimal | None = tx.value(
        """select amount from transfer where account = cast(:account as uuid) and kind = :payment
           order by occurred_at desc, id desc limit 1""",
        account=account_id,
        payment=PAYMENT,
    )
    return found


def place(tx: Transaction, account_id: str) -> Row | None:
    """House, letter, flat and extension as the register has them."""
    return tx.row(
        "select house, letter, flat, extension from account where id = cast(:account as uuid)",
        account=account_id,
    )


def email(tx: Transaction, account_id: str) -> str | None:
    """The address that the supplier has on file."""
    found: str | None = tx.value(
        "select email from account where id = cast(:account as uuid)", account=account_id
    )
    return found or None

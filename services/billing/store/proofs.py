"""What only somebody of the place knows of an account, for whoever must prove that it is theirs (ID-6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from chassis.transaction import Transaction

Row = Mapping[str, Any]

#: Stands for the payer where the supplier tells of a payment: the nil UUID (RFC 9562).
SUPPLIER: Final = "00000000-0000-0000-0000-000000000000"


def last_payment(tx: Transaction, account_id: str, asker: str | None) -> Decimal | None:
    """The amount of the account's last payment that the asker did not make: whoever pays a stranger's account knows
    how much. It came here, or the supplier told of it."""
    found: Decimal | None = tx.value(
        """select amount from last_payment
           where account = cast(:account as uuid) and payer is distinct from cast(:asker as uuid)
           order by paid_at desc, payer limit 1""",
        account=account_id,
        asker=asker,
    )
    return found


def keep_payments(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """The last payment of each (account, payer); ``payer`` is SUPPLIER for what the supplier told. An older one changes
    nothing."""
    tx.run(
        """insert into last_payment (account, payer, paid_at, amount)
           select * from unnest(cast(:accounts as uuid[]), cast(:payers as uuid[]), cast(:moments as timestamptz[]),
                                cast(:amounts as numeric[]))
           on conflict (account, payer) do update set paid_at = excluded.paid_at, amount = excluded.amount
           where last_payment.paid_at <= excluded.paid_at""",
        accounts=[row["account"] for row in rows],
        payers=[row["payer"] for row in rows],
        moments=[row["paid_at"] for row in rows],
        amounts=[row["amount"] for row in rows],
    )


def forget_payer(tx: Transaction, person: str) -> None:
    """Somebody who is erased made no payment that proves anything."""
    tx.run("delete from last_payment where payer = cast(:person as uuid)", person=person)


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

"""The double-entry ledger of a provider (BL-5): transfers between ledger accounts, so that all sum to zero.

The receivable of a customer is debited by what is charged and credited by what is paid: its balance is positive for
a debt, negative for an overpayment.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from services.billing.domain.charges import ChargeLine

RECEIVABLE = "receivable"
VAT = "vat"
CHARGE, PAYMENT, REVERSAL, OPENING = "charge", "payment", "reversal", "opening"
#: The ledger account of what customers owed before the books began here.
BROUGHT_FORWARD = "brought_forward"


@dataclass(frozen=True)
class Transfer:
    """An amount above zero from the credited to the debited ledger account, for one customer's account."""

    account: str
    debit: str
    credit: str
    amount: Decimal
    kind: str
    reference: str
    occurred_at: datetime


def _either_way(
    account: str, debit: str, credit: str, amount: Decimal, kind: str, reference: str, at: datetime
) -> list[Transfer]:
    """A negative amount moves the other way; nothing for zero."""
    if amount > 0:
        return [Transfer(account, debit, credit, amount, kind, reference, at)]
    if amount < 0:
        return [Transfer(account, credit, debit, -amount, kind, reference, at)]
    return []


def charge_transfers(account: str, bill: str, lines: Iterable[ChargeLine], at: datetime) -> list[Transfer]:
    """A bill's charges: net to the revenue of each resource, VAT apart."""
    net: dict[str, Decimal] = {}
    vat = Decimal(0)
    for line in lines:
        net[line.resource] = net.get(line.resource, Decimal(0)) + line.amount - line.vat
        vat += line.vat
    found: list[Transfer] = []
    for resource, amount in net.items():
        reference = f"bill:{bill}:{resource}"
        found += _either_way(account, RECEIVABLE, f"revenue:{resource}", amount, CHARGE, reference, at)
    found += _either_way(account, RECEIVABLE, VAT, vat, CHARGE, f"bill:{bill}:vat", at)
    return found


def reversal(transfer: Transfer, at: datetime) -> Transfer:
    """What takes a transfer back: the same amount the other way, under a reference of its own."""
    return Transfer(
        transfer.account,
        transfer.credit,
        transfer.debit,
        transfer.amount,
        REVERSAL,
        f"reversal:{transfer.reference}",
        at,
    )


def payment_transfer(account: str, payment: str, system: str, amount: Decimal, at: datetime) -> Transfer:
    """A payment's part: from the payment system's clearing account to the customer's receivable."""
    return Transfer(
        account, f"clearing:{system}", RECEIVABLE, amount, PAYMENT, f"payment:{payment}:{account}", at
    )


def opening_transfers(account: str, balance: Decimal, at: datetime) -> list[Transfer]:
    """What an account brings along from the supplier's books; once, under a reference of its own."""
    return _either_way(account, RECEIVABLE, BROUGHT_FORWARD, balance, OPENING, f"opening:{account}", at)


def effect_on_balance(transfer: Transfer) -> Decimal:
    """What the transfer does to the customer's balance."""
    if transfer.debit == RECEIVABLE:
        return transfer.amount
    return -transfer.amount if transfer.credit == RECEIVABLE else Decimal(0)

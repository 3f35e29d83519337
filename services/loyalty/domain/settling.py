"""Was a bill paid in time, early, in the cabinet? Decided from all that is known, in whatever order it came.

Times are billing's own: a payment posted after the bill was issued has the bill in its balance.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from services.loyalty.domain.programme import CABINET, EARLY, PAPERLESS, PAYMENT

# (outcome, news) -> outcome. ``covered``: nothing was due, though no payment made it so. A bill counted as missed
# turns out paid when the bank's register comes days later.
BILL: Final = {
    ("open", "paid"): "in_time",
    ("open", "covered"): "covered",
    ("open", "missed"): "missed",
    ("missed", "paid"): "in_time",
    ("covered", "paid"): "in_time",
}


@dataclass(frozen=True)
class Bill:
    """What must be paid by when. ``to_pay`` is positive for a debt."""

    period: str
    issued_at: datetime
    due_on: date
    early_until: date | None
    to_pay: Decimal
    outcome: str = "open"


@dataclass(frozen=True)
class Payment:
    """``paid_on`` is the provider's own day; ``balance`` is what the account owed after it."""

    posted_at: datetime
    paid_at: datetime
    paid_on: date
    amount: Decimal
    balance: Decimal
    channel: str


@dataclass(frozen=True)
class Delivery:
    """From ``at`` on, bills are delivered so."""

    at: datetime
    delivery: str


def settled_by(bill: Bill, bills: Iterable[Bill], payments: Sequence[Payment]) -> Payment | None:
    """The earliest payment that settled the bill: one after it that left no debt, or one before it that the
    bill found unspent."""
    good = [payment for payment in payments if payment.amount > 0]
    found = [payment for payment in good if payment.posted_at >= bill.issued_at and payment.balance <= 0]
    before = _prepaid(bill, bills, good)
    if before is not None:
        found.append(before)
    return min(found, key=lambda payment: payment.paid_at, default=None)


def news_of(bill: Bill, payment: Payment | None) -> str | None:
    """What is to be noted about a bill: ``paid``, ``covered`` or nothing. That a deadline was missed is for the
    calendar to say, not for a payment."""
    if payment is not None and payment.paid_on <= bill.due_on:
        return "paid"
    return "covered" if bill.to_pay <= 0 else None


def moved(outcome: str, news: str | None) -> str:
    """The outcome after the news; news that change nothing leave it."""
    return outcome if news is None else BILL.get((outcome, news), outcome)


def earned(bill: Bill, payment: Payment | None, deliveries: Iterable[Delivery]) -> list[str]:
    """The criteria that a bill and what became of it satisfy (LY-2)."""
    criteria = []
    if payment is not None and payment.paid_on <= bill.due_on:
        criteria.append(PAYMENT)
        if payment.channel == "cabinet":
            criteria.append(CABINET)
        if bill.early_until is not None and payment.paid_on <= bill.early_until:
            criteria.append(EARLY)
    in_force = max(
        (one for one in deliveries if one.at <= bill.issued_at), key=lambda one: one.at, default=None
    )
    if in_force is not None and in_force.delivery == "email":
        criteria.append(PAPERLESS)
    return criteria


def _prepaid(bill: Bill, bills: Iterable[Bill], payments: Iterable[Payment]) -> Payment | None:
    """The payment whose money lay on the account when the bill came. A credit that an adjustment left is
    nobody's payment, and money that an earlier bill used up is gone."""
    if bill.to_pay > 0:
        return None
    earlier = [payment for payment in payments if payment.posted_at < bill.issued_at]
    last = max(earlier, key=lambda payment: payment.posted_at, default=None)
    if last is None or last.balance >= 0:
        return None
    spent = any(last.posted_at < other.issued_at < bill.issued_at and other.to_pay >= 0 for other in bills)
    return None if spent else last

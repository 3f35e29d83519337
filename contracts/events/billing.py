"""Events of billing."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from contracts.events.base import Event
from contracts.events.staff import _StaffAction


class _BillingEvent(Event, frozen=True, kw_only=True):
    source: ClassVar[str] = "billing"
    account: str
    provider: str
    at: datetime

    def aggregate(self) -> str:
        return self.account


class AccountOpened(_BillingEvent, frozen=True, kw_only=True):
    """An account of a supplier came in with its register (BL-1)."""

    number: str
    currency: str
    delivery: str


class DeliveryChanged(_BillingEvent, frozen=True, kw_only=True):
    """How bills are delivered: ``email``, ``paper`` or ``both`` (BL-1)."""

    delivery: str


class BillIssued(_BillingEvent, frozen=True, kw_only=True):
    """The bill of a period stands (BL-4). ``to_pay`` is positive for a debt. ``revision`` is above 1 where an earlier
    bill of the period was withdrawn."""

    bill: str
    number: str
    account_number: str
    period: str
    currency: str
    charged: Decimal
    to_pay: Decimal
    due_on: date
    early_until: date | None = None
    revision: int = 1


class BillWithdrawn(_BillingEvent, frozen=True, kw_only=True):
    """A bill counts no more (BL-4): what it charged was taken back, and money paid for it stays as credit. ``balance``
    is the account's after that, positive for a debt. Another bill of the period may follow."""

    bill: str
    number: str
    account_number: str
    period: str
    currency: str
    charged: Decimal
    balance: Decimal
    revision: int = 1


class PaymentPosted(_BillingEvent, frozen=True, kw_only=True):
    """The ledger has a payment's part (BL-5). ``balance`` is positive for a debt."""

    payment: str
    account_number: str
    currency: str
    amount: Decimal
    balance: Decimal
    paid_at: datetime
    channel: str


class BillRunFinished(Event, frozen=True, kw_only=True):
    """Every account of the provider that can be billed has its bill for the period (BL-4)."""

    source: ClassVar[str] = "billing"
    run: str
    provider: str
    period: str
    bills: int
    at: datetime

    def aggregate(self) -> str:
        return self.provider


class StaffActed(_StaffAction, frozen=True, kw_only=True):
    """A member of staff did or read something in billing (ID-10)."""

    source: ClassVar[str] = "billing"

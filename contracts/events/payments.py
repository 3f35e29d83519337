"""Events of payments."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

import msgspec

from contracts.events.base import Event
from contracts.events.staff import _StaffAction


class PaymentPart(msgspec.Struct, frozen=True, kw_only=True):
    """What one account gets of a payment."""

    account: str
    provider: str
    amount: Decimal


class _PaymentEvent(Event, frozen=True, kw_only=True):
    source: ClassVar[str] = "payments"
    payment: str
    at: datetime
    person: str | None = None

    def aggregate(self) -> str:
        return self.payment


class PaymentSucceeded(_PaymentEvent, frozen=True, kw_only=True):
    """The money is captured. ``total`` is the sum of the parts (PY-1)."""

    system: str
    channel: str
    currency: str
    total: Decimal
    paid_at: datetime
    parts: list[PaymentPart]


class PaymentCanceled(_PaymentEvent, frozen=True, kw_only=True):
    """Nothing was taken; ``reason`` in the payment system's words."""

    reason: str
    currency: str
    total: Decimal


class ReceiptRegistered(_PaymentEvent, frozen=True, kw_only=True):
    """The fiscal receipt of the payment (54-FZ) is registered and kept (PY-5)."""

    receipt: str
    total: Decimal
    currency: str
    fiscal_drive: str
    fiscal_document: str
    fiscal_sign: str
    registered_at: datetime
    check_qr: str


class StaffActed(_StaffAction, frozen=True, kw_only=True):
    """A member of staff did or read something in payments (ID-10)."""

    source: ClassVar[str] = "payments"

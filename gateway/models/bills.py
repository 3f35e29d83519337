"""Bills, statements, payments."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import msgspec

from gateway.models.moment import Moment


class Bill(msgspec.Struct):
    """A bill: opening - paid + charged = closing; a debt is positive. ``revision`` is above 1 where an earlier bill of
    the period was withdrawn; ``withdrawn_at`` says since when this one counts no more."""

    bill: str
    account: str
    provider: str
    account_number: str
    period: str
    revision: int
    number: str
    currency: str
    opening: Decimal
    paid: Decimal
    charged: Decimal
    closing: Decimal
    due_on: date
    early_until: date | None
    level: str | None
    points: int | None
    issued_at: Moment
    withdrawn_at: Moment | None


class BillLine(msgspec.Struct):
    """A line that explains itself (BL-12): formula, inputs, rule, source."""

    ordinal: int
    kind: str
    resource: str
    component: str
    zone: str
    unit: str
    serial: str | None
    register: str | None
    opening: Decimal | None
    closing: Decimal | None
    opening_at: Moment | None
    closing_at: Moment | None
    source: str | None
    consumption: Decimal
    price: Decimal
    amount: Decimal
    vat_rate: Decimal
    vat: Decimal
    rule: str
    formula: str
    recalculates: str | None
    recalculated_in: str | None


class BillWithLines(Bill):
    """A bill with its lines."""

    lines: list[BillLine]


class PdfQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The language of the document: the account's own if not given."""

    language: str | None = None


class StatementQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days of the provider, both included."""

    first_day: date
    last_day: date


class Movement(msgspec.Struct):
    """A movement of the account: charges positive, payments negative."""

    occurred_at: Moment
    kind: str
    reference: str
    amount: Decimal
    counterpart: str
    balance: Decimal


class Statement(msgspec.Struct):
    """All movements between two days (BL-5)."""

    account: str
    currency: str
    first_day: date
    last_day: date
    opening: Decimal
    closing: Decimal
    movements: list[Movement]


class NewPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account and what it gets."""

    account: str
    amount: Decimal


class NewPayment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """PY-1: one payment for one or several accounts of one currency."""

    parts: list[NewPart]
    return_url: str
    system: str | None = None


class Payment(msgspec.Struct):
    """A payment. The customer confirms it at ``confirmation_url``."""

    payment: str
    state: str
    system: str
    currency: str
    total: Decimal
    confirmation_url: str | None
    reason: str | None
    created_at: Moment
    paid_at: Moment | None


class PaymentPart(msgspec.Struct):
    """What an account got. ``bill_withdrawn_at``: since then a bill of the account counts no more, withdrawn while the
    payment was open: the amount may be more than is owed; what is paid stays on the account."""

    account: str
    provider: str
    number: str
    amount: Decimal
    bill_withdrawn_at: datetime | None


class Receipt(msgspec.Struct):
    """The fiscal receipt (PY-5). ``check_qr`` is the code with which anyone checks it; ``attempt`` counts from 1."""

    payment: str
    state: str
    operator: str
    attempt: int
    external_id: str | None
    fiscal_drive: str | None
    fiscal_document: str | None
    fiscal_sign: str | None
    registered_at: Moment | None
    check_qr: str | None
    failure: str | None


class StaffReceipt(Receipt):
    """A receipt with what it is for."""

    total: Decimal
    currency: str
    paid_at: Moment | None


class ReceiptQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``state``: wanted, sent, done, failed. ``after`` is ``next`` of the page before."""

    state: str = "failed"
    after: str | None = None
    limit: int = 50


class Receipts(msgspec.Struct):
    """Oldest first."""

    receipts: list[StaffReceipt]
    next: str | None


class PaymentWithParts(Payment):
    """A payment with its parts and its receipt."""

    parts: list[PaymentPart]
    receipt: Receipt | None


class CallbackTaken(msgspec.Struct):
    """The operator's call was taken."""

    taken: bool


class WebhookTaken(msgspec.Struct):
    """The notification was taken."""

    outcome: str

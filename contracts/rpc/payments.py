"""Requests and answers of payments' RPCs."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.rpc.base import Amount, Currency, Id, Moment, ProviderId, Request, Url
from contracts.rpc.common import MoneyHistoryRequest as MoneyHistoryRequest
from contracts.rpc.common import PersonRequest as PersonRequest
from contracts.rpc.words import FiscalOperator, PaymentChannel, PaymentState, PaymentSystem, ReceiptState


class Part(Request, frozen=True, kw_only=True):
    """An account and what it gets."""

    account: UUID
    amount: Amount


class CreateRequest(Request, frozen=True, kw_only=True):
    """PY-1: one payment for several accounts."""

    parts: Annotated[list[Part], Meta(min_length=1, max_length=50)]
    return_url: Url
    system: Annotated[str, Meta(max_length=32)] | None = None


class PaymentRequest(Request, frozen=True, kw_only=True):
    """One payment."""

    payment: UUID


class WebhookRequest(Request, frozen=True, kw_only=True):
    """A notification as it came; ``body`` is its text."""

    system: Annotated[str, Meta(max_length=32)]
    body: Annotated[str, Meta(max_length=65_536)]
    remote: Annotated[str, Meta(max_length=64)]


class CallbackRequest(Request, frozen=True, kw_only=True):
    """The last two parts of the address that the fiscal operator called."""

    payment: UUID
    seal: Annotated[str, Meta(max_length=100)]


class ReceiptsRequest(Request, frozen=True, kw_only=True):
    """Receipts in a state; ``cursor`` is ``next`` of the page before."""

    state: ReceiptState = "failed"
    cursor: UUID | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class Payment(msgspec.Struct):
    """A payment. The customer confirms it at ``confirmation_url``."""

    payment: Id
    state: PaymentState
    system: PaymentSystem
    currency: Currency
    total: Amount
    confirmation_url: str | None
    reason: str | None
    created_at: Moment
    paid_at: Moment | None


class PaymentPart(msgspec.Struct):
    """What an account got. ``bill_withdrawn_at``: since then a bill of the account counts no more, withdrawn while the
    payment was open: the amount may be more than is owed; what is paid stays on the account."""

    account: Id
    provider: ProviderId
    number: str
    amount: Amount
    bill_withdrawn_at: Moment | None


class Receipt(msgspec.Struct):
    """The fiscal receipt (PY-5). ``check_qr`` is the code with which anyone checks it; ``attempt`` counts from 1."""

    payment: Id
    state: ReceiptState
    operator: FiscalOperator
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

    total: Amount
    currency: Currency
    paid_at: Moment | None


class Receipts(msgspec.Struct):
    """Oldest first."""

    receipts: list[StaffReceipt]
    next: Id | None


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


class PaidPart(msgspec.Struct):
    """An account and what it got."""

    account: Id
    provider: ProviderId
    number: str
    amount: Amount


class PaymentInHistory(msgspec.Struct):
    """A payment with its parts and the state of its receipt; ``check_qr`` is the receipt's own code. Of one by somebody
    else (``own`` is false) there are the parts for accounts that one sees, and their sum; how it was paid is null."""

    payment: Id
    own: bool
    state: PaymentState
    system: PaymentSystem | None
    channel: PaymentChannel | None
    currency: Currency
    total: Amount
    reason: str | None
    created_at: Moment
    paid_at: Moment | None
    parts: list[PaidPart]
    receipt_state: ReceiptState | None
    check_qr: str | None


class Payments(msgspec.Struct):
    """A page of payments, newest first (GW-3)."""

    payments: list[PaymentInHistory]

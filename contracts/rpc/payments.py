"""Requests and answers of payments' RPCs."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from contracts.rpc.base import Moment, Request, Url

#: States of a fiscal receipt (PY-5).
ReceiptState = Literal["wanted", "sent", "done", "failed"]


class Part(Request, frozen=True, kw_only=True):
    """An account and what it gets."""

    account: UUID
    amount: Decimal


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


class HistoryRequest(Request, frozen=True, kw_only=True):
    """Newest first; ``before`` is the moment of the last one seen. Payments that concern any of the accounts."""

    accounts: list[UUID] | None = None
    before: Moment | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 20


class CallbackRequest(Request, frozen=True, kw_only=True):
    """The last two parts of the address that the fiscal operator called."""

    payment: UUID
    seal: Annotated[str, Meta(max_length=100)]


class ReceiptsRequest(Request, frozen=True, kw_only=True):
    """Receipts in a state; ``after`` is ``next`` of the page before."""

    state: ReceiptState = "failed"
    after: UUID | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class PersonRequest(Request, frozen=True, kw_only=True):
    """For identity: somebody who asks what is held."""

    person: UUID

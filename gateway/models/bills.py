"""Bills, statements, payments."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.rpc.base import Amount, Url
from contracts.rpc.words import Language, PaymentSystem, ReceiptState
from gateway.models.base import BodyId, LongPageQuery


class PdfQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The language of the document: the account's own if not given."""

    language: Language | None = None


class StatementQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days of the provider, both included."""

    first_day: date
    last_day: date


class NewPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account and what it gets."""

    account: BodyId
    amount: Amount


class NewPayment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """PY-1: one payment for one or several accounts of one currency."""

    parts: Annotated[list[NewPart], Meta(min_length=1, max_length=50)]
    return_url: Url
    system: Annotated[PaymentSystem, Meta(max_length=32)] | None = None


class ReceiptQuery(LongPageQuery, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Receipts in a state."""

    state: ReceiptState = "failed"

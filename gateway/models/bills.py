"""Bills, statements, payments."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec


class PdfQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The language of the document: the account's own if not given."""

    language: str | None = None


class StatementQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days of the provider, both included."""

    first_day: date
    last_day: date


class NewPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account and what it gets."""

    account: str
    amount: Decimal


class NewPayment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """PY-1: one payment for one or several accounts of one currency."""

    parts: list[NewPart]
    return_url: str
    system: str | None = None


class ReceiptQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``state``: wanted, sent, done, failed. ``after`` is ``next`` of the page before."""

    state: str = "failed"
    after: str | None = None
    limit: int = 50

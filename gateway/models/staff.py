"""What staff work with."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import msgspec

from gateway.models.moment import Moment


class RegisterFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A supplier's register as CSV text; a dry run only reports."""

    provider: str
    csv: str
    dry_run: bool = False


class BadLine(msgspec.Struct):
    """A line that cannot be taken."""

    line: int
    code: str
    column: str


class ImportReport(msgspec.Struct):
    """Good lines are in, the bad ones listed."""

    lines: int
    good: int
    bad: list[BadLine]
    dry_run: bool
    added: int


class NewRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A provider's month, ``YYYY-MM``."""

    provider: str
    period: str


class Withdrawal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why bills are taken back."""

    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=500)]


class Run(msgspec.Struct):
    """A bill run and its progress (BL-4). ``state``: running, done, withdrawing, withdrawn. ``bills`` and ``charged``
    are of the bills in force that it made, ``withdrawn`` counts those that were taken back, for the ``reason``."""

    run: str
    provider: str
    period: str
    state: str
    accounts: int
    bills: int
    charged: Decimal
    withdrawn: int
    reason: str | None
    started_at: Moment
    finished_at: Moment | None


class BookTotal(msgspec.Struct):
    """The sum over all ledger accounts: zero."""

    provider: str
    currency: str
    total: Decimal


class Books(msgspec.Struct):
    """By provider and currency."""

    totals: list[BookTotal]


class Review(msgspec.Struct):
    """A monthly review of a provider's members (LY-3)."""

    provider: str
    period: str
    first_period: str
    members: int
    changed: int
    levels_changed: int

"""Checked interval data (MT-9) and alerts on use (MT-13)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec

from contracts.rpc.base import ProviderId


class AlertQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """With ``cleared`` also alerts of the last year that ended."""

    cleared: bool = False
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


class FindingQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Filters; ``cursor`` is ``next`` of the page before."""

    provider: ProviderId
    rule: str | None = None
    meter: str | None = None
    serial: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50


class RegisterFindingQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Withheld readings, or those that were ``decided`` on; ``cursor`` is ``next`` of the page before."""

    provider: ProviderId
    decided: bool = False
    serial: str | None = None
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50


class RegisterDecision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``release``: the reading counts as it came; ``replace``: ``value`` counts in its place."""

    decision: str
    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=500)]
    value: Decimal | None = None


class IntervalEdit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Thousandths of the unit by slot of the day, null to withdraw; ``version`` is the one that was looked at."""

    version: int
    values: dict[int, int | None]
    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=500)]

"""Checked interval data (MT-9) and alerts on use (MT-13)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec

from gateway.models.moment import Moment


class AlertQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """With ``cleared`` also alerts of the last year that ended."""

    cleared: bool = False
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


class UsageAlert(msgspec.Struct):
    """``kind``: leak, base_load, surge, drop, nothing. ``state``: raised or cleared. ``found`` against ``usual`` in the
    meter's unit: an hour for leak and base_load, a day else."""

    alert: str
    account: str
    meter: str
    serial: str
    resource: str
    unit: str
    channel: str
    kind: str
    state: str
    first_day: date
    last_day: date
    found: Decimal
    usual: Decimal
    raised_at: Moment
    cleared_at: Moment | None


class UsageAlerts(msgspec.Struct):
    """Newest first."""

    alerts: list[UsageAlert]


class FindingQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Filters; ``cursor`` is ``next`` of the page before."""

    provider: str
    rule: str | None = None
    meter: str | None = None
    serial: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50


class Finding(msgspec.Struct):
    """A rule that slots ``first`` to ``last`` of a day did not pass; ``found`` and ``expected`` are thousandths of the
    unit (minutes for step_changed, intervals for day_length), null where nothing is compared."""

    finding: str
    meter: str
    serial: str
    account: str
    resource: str
    unit: str
    channel: str
    day: date
    rule: str
    first: int
    last: int
    found: int | None
    expected: int | None
    found_at: Moment


class Findings(msgspec.Struct):
    """Newest first."""

    findings: list[Finding]
    next: str | None


class RegisterFindingQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Withheld readings, or those that were ``decided`` on; ``cursor`` is ``next`` of the page before."""

    provider: str
    decided: bool = False
    serial: str | None = None
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50


class RegisterFinding(msgspec.Struct):
    """A register reading of an automated meter that did not pass: ``rule`` is register_below_last, register_above_next,
    register_capacity, register_jump, register_sum; ``found`` against ``expected`` in the unit. ``decision``: release,
    replace, or null while it is withheld."""

    finding: str
    meter: str
    serial: str
    account: str
    resource: str
    unit: str
    register: str
    at: Moment
    rule: str
    value: Decimal
    found: Decimal
    expected: Decimal
    found_at: Moment
    decision: str | None
    decided_at: Moment | None
    reason: str | None


class RegisterFindings(msgspec.Struct):
    """Newest first."""

    findings: list[RegisterFinding]
    next: str | None


class RegisterDecision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``release``: the reading counts as it came; ``replace``: ``value`` counts in its place."""

    decision: str
    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=500)]
    value: Decimal | None = None


class DayFinding(msgspec.Struct):
    """The same within a day."""

    rule: str
    first: int
    last: int
    found: int | None
    expected: int | None
    found_at: Moment


class DayVersion(msgspec.Struct):
    """A version of a checked day: thousandths of the unit, null where nothing could be said, and the quality of each
    by ESPI's numbers (7 edited, 8 like day, 9 interpolated, 10 questionable, 17 validated, 18 failed)."""

    version: int
    amounts: list[int | None]
    marks: list[int]
    checked_at: Moment
    replaced_at: Moment | None


class DayEdit(msgspec.Struct):
    """Who laid what over the day, when and why; null withdrew an earlier value."""

    edit: str
    person: str
    edited_at: Moment
    reason: str
    version: int
    values: dict[str, int | None]


class CheckedDay(msgspec.Struct):
    """A day with all that became of it."""

    meter: str
    account: str
    serial: str
    unit: str
    channel: str
    day: date
    versions: list[DayVersion]
    findings: list[DayFinding]
    edits: list[DayEdit]


class IntervalEdit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Thousandths of the unit by slot of the day, null to withdraw; ``version`` is the one that was looked at."""

    version: int
    values: dict[int, int | None]
    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=500)]


class EditedDay(msgspec.Struct):
    """The day as it counts from now on; ``passed``: may billing use all of it."""

    meter: str
    account: str
    channel: str
    day: date
    version: int
    passed: bool
    amounts: list[int | None]
    marks: list[int]

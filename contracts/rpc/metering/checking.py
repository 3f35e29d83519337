"""Findings, edits of intervals, alerts on use (MT-9, MT-13)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.faults import Fault
from contracts.rpc.base import Id, Moment, ProviderId, Reason, Request, Serial, Volume, day_faults
from contracts.rpc.metering.base import Slot, Thousandths
from contracts.rpc.words import (
    AlertKind,
    AlertState,
    Channel,
    FindingDecision,
    Quality,
    RegisterRule,
    Resource,
    Unit,
    VeeRule,
)


class RegisterFindingsRequest(Request, frozen=True, kw_only=True):
    """Register readings that did not pass; ``cursor`` is ``next`` of the page before."""

    provider: ProviderId
    decided: bool = False
    serial: Serial | None = None
    cursor: UUID | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 50


class DecideRegisterReadingRequest(Request, frozen=True, kw_only=True):
    """What becomes of a withheld reading; ``value`` with ``replace``."""

    finding: UUID
    decision: FindingDecision
    value: Volume | None = None
    reason: Reason


class FindingsRequest(Request, frozen=True, kw_only=True):
    """What validation found of a provider's interval data, newest first; ``cursor`` is ``next`` of the page
    before."""

    provider: ProviderId
    rule: VeeRule | None = None
    meter: UUID | None = None
    serial: Serial | None = None
    first_day: date | None = None
    last_day: date | None = None
    cursor: UUID | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 50

    def faults(self) -> Iterator[Fault]:
        """Days that a meter can have data of."""
        yield from day_faults(first_day=self.first_day, last_day=self.last_day)


class IntervalDayRequest(Request, frozen=True, kw_only=True):
    """A day of a channel."""

    meter: UUID
    channel: Channel
    day: date

    def faults(self) -> Iterator[Fault]:
        """Days that a meter can have data of."""
        yield from day_faults(day=self.day)


class EditIntervalsRequest(IntervalDayRequest, frozen=True, kw_only=True):
    """Values in thousandths of the unit by slot of the day, null to withdraw an earlier edit; ``version`` is the one
    that the operator looked at."""

    version: Annotated[int, Meta(ge=1)]
    values: Annotated[dict[Slot, Thousandths | None], Meta(min_length=1, max_length=100)]
    reason: Reason


class AlertsRequest(Request, frozen=True, kw_only=True):
    """Alerts on use of an account, or of all of the person's; with ``cleared`` also those that ended within a year."""

    account: UUID | None = None
    cleared: bool = False
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: UUID | None = None


class UsageAlert(msgspec.Struct):
    """``kind``: leak, base_load, surge, drop, nothing. ``state``: raised or cleared. ``found`` against ``usual`` in the
    meter's unit: an hour for leak and base_load, a day else."""

    alert: Id
    account: Id
    meter: Id
    serial: str
    resource: Resource
    unit: Unit
    channel: Channel
    kind: AlertKind
    state: AlertState
    first_day: date
    last_day: date
    found: Volume
    usual: Volume
    raised_at: Moment
    cleared_at: Moment | None


class UsageAlerts(msgspec.Struct):
    """Newest first."""

    alerts: list[UsageAlert]
    next: Id | None


class Finding(msgspec.Struct):
    """A rule that slots ``first`` to ``last`` of a day did not pass; ``found`` and ``expected`` are thousandths of the
    unit (minutes for step_changed, intervals for day_length), null where nothing is compared."""

    finding: Id
    meter: Id
    serial: str
    account: Id
    resource: Resource
    unit: Unit
    channel: Channel
    day: date
    rule: VeeRule
    first: int
    last: int
    found: int | None
    expected: int | None
    found_at: Moment


class Findings(msgspec.Struct):
    """Newest first."""

    findings: list[Finding]
    next: Id | None


class RegisterFinding(msgspec.Struct):
    """A register reading of an automated meter that did not pass: ``rule`` is register_below_last, register_above_next,
    register_capacity, register_jump, register_sum; ``found`` against ``expected`` in the unit. ``decision``: release,
    replace, or null while it is withheld."""

    finding: Id
    meter: Id
    serial: str
    account: Id
    resource: Resource
    unit: Unit
    register: str
    at: Moment
    rule: RegisterRule
    value: Volume
    found: Volume
    expected: Volume
    found_at: Moment
    decision: FindingDecision | None
    decided_at: Moment | None
    reason: str | None


class RegisterFindings(msgspec.Struct):
    """Newest first."""

    findings: list[RegisterFinding]
    next: Id | None


class DayFinding(msgspec.Struct):
    """The same within a day."""

    rule: VeeRule
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
    marks: list[Quality]
    checked_at: Moment
    replaced_at: Moment | None


class DayEdit(msgspec.Struct):
    """Who laid what over the day, when and why; null withdrew an earlier value."""

    edit: Id
    person: Id
    edited_at: Moment
    reason: str
    version: int
    values: dict[str, int | None]


class CheckedDay(msgspec.Struct):
    """A day with all that became of it."""

    meter: Id
    account: Id
    serial: str
    unit: Unit
    channel: Channel
    day: date
    versions: list[DayVersion]
    findings: list[DayFinding]
    edits: list[DayEdit]


class EditedDay(msgspec.Struct):
    """The day as it counts from now on; ``passed``: may billing use all of it."""

    meter: Id
    account: Id
    channel: Channel
    day: date
    version: int
    passed: bool
    amounts: list[int | None]
    marks: list[Quality]

"""Requests and answers of metering's RPCs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.faults import Fault
from contracts.rpc.base import (
    AccountNumber,
    AddressPart,
    Language,
    Moment,
    Period,
    ProviderId,
    Reason,
    Request,
    Serial,
    day_faults,
)
from contracts.rpc.common import AccountRequest as AccountRequest
from contracts.rpc.common import Document, ImportReport
from contracts.rpc.common import HistoryRequest as HistoryRequest
from contracts.rpc.common import PersonRequest as PersonRequest

#: A value for each register of a meter, by its OBIS code or its reduced form.
RegisterValues = Annotated[
    dict[Annotated[str, Meta(max_length=16)], Decimal], Meta(min_length=1, max_length=8)
]
#: Interval channels: import and export of the load profile.
Channel = Literal["1.29.0", "2.29.0"]
#: An interval of a local day, counted from 0; a day with a change of the clock has up to 100 quarters.
Slot = Annotated[int, Meta(ge=0, le=99)]
#: An amount in thousandths of the unit.
Thousandths = Annotated[int, Meta(ge=0, le=2_147_483_647)]
#: Rules of validation that a finding may name (MT-9).
VeeRule = Literal[
    "day_high",
    "day_length",
    "day_low",
    "flagged",
    "missing",
    "negative",
    "not_estimated",
    "outage",
    "spike",
    "step_changed",
    "stuck",
    "sum",
    "too_high",
    "zeros",
]
MOST_RATIO = 1_000_000


class ProofRequest(Request, frozen=True, kw_only=True):
    """Does the serial belong to a meter of the account?"""

    provider: ProviderId
    number: AccountNumber
    serial: Serial


class SubmitRequest(Request, frozen=True, kw_only=True):
    """MT-2: a value for every register of a meter."""

    meter: UUID
    values: RegisterValues
    taken_at: Moment | None = None
    confirmed: bool = False


class MeterRequest(Request, frozen=True, kw_only=True):
    """One meter."""

    meter: UUID


class ReadingRequest(Request, frozen=True, kw_only=True):
    """One reading."""

    reading: UUID


class EnterRequest(SubmitRequest, frozen=True, kw_only=True):
    """MT-3, MT-10: what staff enter; ``period`` where the day of the reading does not say it."""

    source: Literal["operator", "control", "estimate"] = "operator"
    period: Period | None = None


class GuestReadingsRequest(Request, frozen=True, kw_only=True):
    """MT-5: the account, the proof that its provider asks for, the values of one meter."""

    provider: ProviderId
    number: Annotated[str, Meta(min_length=1, max_length=32)]
    serial: Serial = ""
    resource: Annotated[str, Meta(max_length=32)] = ""
    house: AddressPart = ""
    letter: AddressPart = ""
    flat: AddressPart = ""
    extension: AddressPart = ""
    values: RegisterValues


class GuestQueueRequest(Request, frozen=True, kw_only=True):
    """Oldest first, after the last one seen."""

    provider: ProviderId | None = None
    after: UUID | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class DecideGuestRequest(Request, frozen=True, kw_only=True):
    """MT-5: take a queued reading or not; ``meter`` where it is not plain which one is meant."""

    reading: UUID
    accept: bool
    meter: UUID | None = None
    note: Annotated[str, Meta(max_length=500)] = ""


class RegisterFindingsRequest(Request, frozen=True, kw_only=True):
    """Register readings that did not pass; ``before`` is ``next`` of the page before."""

    provider: ProviderId
    decided: bool = False
    serial: Serial | None = None
    before: UUID | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 50


class DecideRegisterReadingRequest(Request, frozen=True, kw_only=True):
    """What becomes of a withheld reading; ``value`` with ``replace``."""

    finding: UUID
    decision: Literal["release", "replace"]
    value: Decimal | None = None
    reason: Reason


class ReplaceMeterRequest(Request, frozen=True, kw_only=True):
    """MT-1: what is not said of the new meter is as it was of the old one."""

    meter: UUID
    replaced_on: date
    closing: RegisterValues
    serial: Annotated[str, Meta(min_length=1, max_length=64)]
    opening: RegisterValues
    model: Annotated[str, Meta(max_length=100)] = ""
    zones: Annotated[int, Meta(ge=1, le=8)] | None = None
    digits: Annotated[int, Meta(ge=1, le=9)] | None = None
    decimals: Annotated[int, Meta(ge=0, le=6)] | None = None
    ratio: Decimal | None = None
    automated: bool | None = None
    export: bool | None = None
    verified_on: date | None = None
    next_verification_on: date | None = None

    def faults(self) -> Iterator[Fault]:
        """A ratio multiplies what the register counts."""
        if self.ratio is not None and not 0 < self.ratio <= MOST_RATIO:
            yield Fault("/ratio", "out_of_range", f"Above 0, at most {MOST_RATIO}.")


class VerificationRequest(Request, frozen=True, kw_only=True):
    """MT-11: when a meter was verified, and when it must be again."""

    meter: UUID
    verified_on: date
    next_verification_on: date


class MeterReadingsRequest(Request, frozen=True, kw_only=True):
    """Newest first; ``before`` is the moment of the last one seen."""

    meter: UUID
    before: Moment | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class QuantitiesRequest(Request, frozen=True, kw_only=True):
    """What billing asks of a period, page by page in the order of accounts."""

    provider: ProviderId
    period: Period
    accounts: Annotated[list[UUID], Meta(max_length=20_000)]


class IntervalsRequest(Request, frozen=True, kw_only=True):
    """Interval data of a meter by local days."""

    meter: UUID
    first_day: date
    last_day: date

    def faults(self) -> Iterator[Fault]:
        """Days that a meter can have data of."""
        yield from day_faults(first_day=self.first_day, last_day=self.last_day)


class ConsumptionRequest(Request, frozen=True, kw_only=True):
    """What an account's meters, or one meter, used by local days, both included (MT-7)."""

    account: UUID | None = None
    meter: UUID | None = None
    by: Literal["month", "day", "hour"] = "month"
    first_day: date
    last_day: date
    compare: Literal["last_year", "similar"] | None = None

    def faults(self) -> Iterator[Fault]:
        """An account or a meter."""
        yield from day_faults(first_day=self.first_day, last_day=self.last_day)
        if (self.account is None) == (self.meter is None):
            yield Fault("/account", "one_of", "Name an account or a meter.")


class DownloadRequest(Request, frozen=True, kw_only=True):
    """A meter's data as a file (MT-12)."""

    meter: UUID
    format: Literal["espi", "csv", "xlsx"]
    first_day: date
    last_day: date
    language: Language = "ru"

    def faults(self) -> Iterator[Fault]:
        """Days that a meter can have data of."""
        yield from day_faults(first_day=self.first_day, last_day=self.last_day)


class RegisterFileRequest(Request, frozen=True, kw_only=True):
    """A register as CSV: as text, or as the ``file`` itself in base64, whatever its encoding."""

    provider: ProviderId
    csv: Annotated[str, Meta(max_length=5_000_000)] | None = None
    file: Annotated[str, Meta(max_length=6_000_000)] | None = None
    dry_run: bool = False

    def faults(self) -> Iterator[Fault]:
        """One of both ways."""
        if (self.file is None) == (self.csv is None):
            yield Fault("/csv", "one_of", "Send csv or file.")


class ImportMetersRequest(RegisterFileRequest, frozen=True, kw_only=True):
    """A register of meters (MT-1)."""


class ImportReadingsRequest(RegisterFileRequest, frozen=True, kw_only=True):
    """A register of readings (MT-10), each of the month of its day or all of one ``period``."""

    period: Period | None = None


class FindingsRequest(Request, frozen=True, kw_only=True):
    """What validation found of a provider's interval data, newest first; ``before`` is the id of the last one seen."""

    provider: ProviderId
    rule: VeeRule | None = None
    meter: UUID | None = None
    serial: Serial | None = None
    first_day: date | None = None
    last_day: date | None = None
    before: UUID | None = None
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


class Register(msgspec.Struct):
    """A register of a meter and the zone it counts; ``direction`` is import or export (MT-14)."""

    register: str
    zone: str
    direction: str


class LastReading(msgspec.Struct):
    """The newest reading of a register, and where it came from (MT-3)."""

    register: str
    zone: str
    value: Decimal
    at: Moment
    period: str
    source: str
    source_name: str


class Window(msgspec.Struct):
    """The days of the present or the next opening, and for which month a reading sent today counts: null on days on
    which none is taken. ``kept``: today is outside the window, the reading waits for it."""

    open: bool
    opens_on: date
    closes_on: date
    counts_for: str | None
    in_time: bool
    kept: bool


class Unconfirmed(msgspec.Struct):
    """A reading that was sent and is unusual: it counts once it is confirmed (MT-4)."""

    reading: str
    period: str
    sent_at: Moment
    values: dict[str, Decimal]
    registers: list[str]
    until: Moment


class Meter(msgspec.Struct):
    """A meter's passport with its last readings (MT-11)."""

    meter: str
    account: str
    provider: str
    serial: str
    resource: str
    unit: str
    model: str
    digits: int
    decimals: int
    automated: bool
    installed_on: date
    verified_on: date | None
    next_verification_on: date | None
    registers: list[Register]
    last_readings: list[LastReading]
    unconfirmed: Unconfirmed | None
    window: Window


class Meters(msgspec.Struct):
    """Meters in place."""

    meters: list[Meter]


class AcceptedValue(msgspec.Struct):
    """A register's reading and what it makes."""

    register: str
    zone: str
    value: Decimal
    previous: Decimal | None
    consumption: Decimal | None


class Taken(msgspec.Struct):
    """The reading was taken. ``message``: ``reading_taken``, or ``kept_for_next_window`` if it was sent outside one."""

    reading: str
    account: str
    meter: str
    serial: str
    resource: str
    unit: str
    period: str
    in_time: bool
    kept: bool
    message: str
    taken_at: Moment
    source: str
    source_name: str
    corrects_earlier: bool
    values: list[AcceptedValue]


class IntervalDay(msgspec.Struct):
    """A day of a channel: amounts in thousandths of the unit, null for missing."""

    channel: str
    day: date
    starts_at: Moment
    step: int
    version: int
    amounts: list[int | None]
    flags: dict[str, str] | None


class IntervalDays(msgspec.Struct):
    """Interval data of a meter."""

    unit: str
    days: list[IntervalDay]


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


class SimilarHomes(msgspec.Struct):
    """What at least ten homes of the same supplier, resource and number of zones used: half of them lie between
    ``lower`` and ``upper``. To two digits."""

    homes: int
    lower: Decimal
    median: Decimal
    upper: Decimal


class Bucket(msgspec.Struct):
    """A month, a day or an hour. ``total`` is null where nothing is known; ``estimated`` is the share of the known time
    whose values are estimates, ``missing`` the share of the time without a value; ``basis`` names what it was made of:
    ``registers``, ``intervals``."""

    start: str
    total: Decimal | None
    zones: dict[str, Decimal]
    estimated: Decimal | None
    missing: Decimal
    basis: list[str]
    last_year: Decimal | None = None
    similar: SimilarHomes | None = None


class LastYear(msgspec.Struct):
    """This year's and last year's use over the ``buckets`` that are known in both."""

    total: Decimal
    before: Decimal
    buckets: int


class ConsumptionSeries(msgspec.Struct):
    """The meters of one resource and direction (``import``, ``export``) added up."""

    resource: str
    unit: str
    direction: str
    meters: list[str]
    total: Decimal | None
    zones: dict[str, Decimal]
    estimated: Decimal | None
    buckets: list[Bucket]
    last_year: LastYear | None


class Consumption(msgspec.Struct):
    """What was used. ``time_zone`` is null for an account without meters."""

    by: str
    time_zone: str | None
    first_day: date
    last_day: date
    series: list[ConsumptionSeries]


class MeterInPlace(msgspec.Struct):
    """One of the meters that stood in a place, one after the other (MT-1)."""

    meter: str
    serial: str
    installed_on: date
    removed_on: date | None
    replaces: str | None
    replaced_by: str | None


class Passport(Meter):
    """A meter's passport, and the meters of the account for the same resource, the newest first (MT-11)."""

    ratio: Decimal
    removed_on: date | None
    history: list[MeterInPlace]


class ReadingVersion(msgspec.Struct):
    """A version of a register's reading: its source, and whether it counts or was corrected (MT-3, MT-6). ``quality``
    by ESPI's numbers: 7 edited, 8 estimated, 10 questionable, 14 not looked at yet, 17 validated. One that is
    ``withheld`` did not pass, and counts once staff release it."""

    register: str
    zone: str
    direction: str
    at: Moment
    version: int
    value: Decimal
    period: str
    source: str
    source_name: str
    quality: int
    reading: str | None
    received_at: Moment
    counts: bool
    withheld: bool
    corrected_at: Moment | None


class ReadingVersions(msgspec.Struct):
    """Newest first."""

    meter: str
    unit: str
    readings: list[ReadingVersion]
    next: Moment | None


class GuestReceived(msgspec.Struct):
    """It came in. The answer is the same whatever was sent."""

    received: bool


class GuestReading(msgspec.Struct):
    """What somebody sent without signing in, and the code of what kept it from being taken."""

    reading: str
    provider: str
    account_number: str
    account: str
    serial: str | None
    resource: str | None
    proof: dict[str, str]
    values: dict[str, Decimal]
    received_at: Moment
    reason: str | None


class GuestQueue(msgspec.Struct):
    """Oldest first."""

    readings: list[GuestReading]
    next: str | None


class Decided(msgspec.Struct):
    """Its state from now on; ``submission`` if it counts."""

    reading: str
    state: str
    submission: str | None


class ReadingsReport(ImportReport):
    """``unchanged``: lines that were taken before, in an earlier file."""

    unchanged: int


class Replaced(msgspec.Struct):
    """The new meter."""

    meter: str
    replaces: str
    installed_on: date
    serial: str


class Verified(msgspec.Struct):
    """As the passport has it now."""

    meter: str
    verified_on: date
    next_verification_on: date


class SubmittedValue(msgspec.Struct):
    """A register's value in a submission; ``corrected``: it no longer counts."""

    register: str
    zone: str
    value: Decimal
    corrected: bool


class SubmittedReading(msgspec.Struct):
    """What was sent in one go, with where it came from (MT-3)."""

    reading: str
    account: str
    meter: str
    serial: str
    provider: str
    resource: str
    unit: str
    period: str
    taken_at: Moment
    source: str
    source_name: str
    in_time: bool
    created_at: Moment
    values: list[SubmittedValue]


class SubmittedReadings(msgspec.Struct):
    """A page of submissions, newest first (GW-3)."""

    readings: list[SubmittedReading]


class RegisterQuantity(msgspec.Struct):
    """What a register counted in a period, for billing. ``consumption`` is null without both readings, and where the
    register went back; ``estimated_intervals``: how many intervals stand in for a closing reading that did not come."""

    account: str
    meter: str
    serial: str
    resource: str
    unit: str
    zone: str
    direction: str
    register: str
    ratio: Decimal
    digits: int
    opening: Decimal | None
    opening_at: Moment | None
    opening_source: str | None
    opening_period: str | None
    closing_quality: int | None
    closing: Decimal | None
    closing_at: Moment | None
    closing_source: str | None
    consumption: Decimal | None
    estimated_intervals: int | None = None


class RegisterQuantities(msgspec.Struct):
    """By account, resource, meter and register."""

    quantities: list[RegisterQuantity]


class Download(Document):
    """A meter's data as a file in base64 (MT-12); ``encoding`` is ``gzip`` or empty."""

    media: str
    encoding: str

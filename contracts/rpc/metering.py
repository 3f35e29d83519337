"""Requests and answers of metering's RPCs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from contracts.faults import Fault
from contracts.rpc.base import (
    AccountNumber,
    AddressPart,
    Language,
    Moment,
    Period,
    Provider,
    Reason,
    Request,
    Serial,
    day_faults,
)

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

    provider: Provider
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

    provider: Provider
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

    provider: Provider | None = None
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

    provider: Provider
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


class AccountRequest(Request, frozen=True, kw_only=True):
    """One account."""

    account: UUID


class HistoryRequest(Request, frozen=True, kw_only=True):
    """Newest first; ``before`` is the moment of the last one seen."""

    accounts: list[UUID] | None = None
    before: Moment | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 20


class QuantitiesRequest(Request, frozen=True, kw_only=True):
    """What billing asks of a period, page by page in the order of accounts."""

    provider: Provider
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

    provider: Provider
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

    provider: Provider
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


class PersonRequest(Request, frozen=True, kw_only=True):
    """For identity: somebody who asks what is held."""

    person: UUID

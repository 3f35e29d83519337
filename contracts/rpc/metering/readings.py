"""Readings: sent, entered, listed, counted for billing (MT-2 to MT-4, MT-6)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.rpc.base import Id, Moment, Period, ProviderId, Ratio, Request, Volume
from contracts.rpc.metering.base import RegisterValues
from contracts.rpc.words import (
    Direction,
    Quality,
    ReadingOutcome,
    ReadingSource,
    Resource,
    StaffReadingSource,
    Unit,
    Zone,
)


class SubmitRequest(Request, frozen=True, kw_only=True):
    """MT-2: a value for every register of a meter."""

    meter: UUID
    values: RegisterValues
    taken_at: Moment | None = None
    confirmed: bool = False


class ReadingRequest(Request, frozen=True, kw_only=True):
    """One reading."""

    reading: UUID


class EnterRequest(SubmitRequest, frozen=True, kw_only=True):
    """MT-3, MT-10: what staff enter; ``period`` where the day of the reading does not say it."""

    source: StaffReadingSource = "operator"
    period: Period | None = None


class MeterReadingsRequest(Request, frozen=True, kw_only=True):
    """Newest first; ``cursor`` is ``next`` of the page before, the moment of the last one seen."""

    meter: UUID
    cursor: Moment | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class QuantitiesRequest(Request, frozen=True, kw_only=True):
    """What billing asks of a period, page by page in the order of accounts."""

    provider: ProviderId
    period: Period
    accounts: Annotated[list[UUID], Meta(max_length=20_000)]


class AcceptedValue(msgspec.Struct):
    """A register's reading and what it makes."""

    register: str
    zone: Zone
    value: Volume
    previous: Volume | None
    consumption: Volume | None


class Taken(msgspec.Struct):
    """The reading was taken. ``message``: ``reading_taken``, or ``kept_for_next_window`` if it was sent outside one."""

    reading: Id
    account: Id
    meter: Id
    serial: str
    resource: Resource
    unit: Unit
    period: Period
    in_time: bool
    kept: bool
    message: ReadingOutcome
    taken_at: Moment
    source: ReadingSource
    source_name: str
    corrects_earlier: bool
    values: list[AcceptedValue]


class ReadingVersion(msgspec.Struct):
    """A version of a register's reading: its source, and whether it counts or was corrected (MT-3, MT-6). ``quality``
    by ESPI's numbers: 7 edited, 8 estimated, 10 questionable, 14 not looked at yet, 17 validated. One that is
    ``withheld`` did not pass, and counts once staff release it."""

    register: str
    zone: Zone
    direction: Direction
    at: Moment
    version: int
    value: Volume
    period: Period
    source: ReadingSource
    source_name: str
    quality: Quality
    reading: Id | None
    received_at: Moment
    counts: bool
    withheld: bool
    corrected_at: Moment | None


class ReadingVersions(msgspec.Struct):
    """Newest first."""

    meter: Id
    unit: Unit
    readings: list[ReadingVersion]
    next: Moment | None


class SubmittedValue(msgspec.Struct):
    """A register's value in a submission; ``corrected``: it no longer counts."""

    register: str
    zone: Zone
    value: Volume
    corrected: bool


class SubmittedReading(msgspec.Struct):
    """What was sent in one go, with where it came from (MT-3)."""

    reading: Id
    account: Id
    meter: Id
    serial: str
    provider: ProviderId
    resource: Resource
    unit: Unit
    period: Period
    taken_at: Moment
    source: ReadingSource
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

    account: Id
    meter: Id
    serial: str
    resource: Resource
    unit: Unit
    zone: Zone
    direction: Direction
    register: str
    ratio: Ratio
    digits: int
    opening: Volume | None
    opening_at: Moment | None
    opening_source: ReadingSource | None
    opening_period: Period | None
    closing_quality: Quality | None
    closing: Volume | None
    closing_at: Moment | None
    closing_source: ReadingSource | None
    consumption: Volume | None
    estimated_intervals: int | None = None


class RegisterQuantities(msgspec.Struct):
    """By account, resource, meter and register."""

    quantities: list[RegisterQuantity]

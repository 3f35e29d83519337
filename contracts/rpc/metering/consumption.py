"""Interval data, consumption, downloads (MT-7, MT-12)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import UUID

import msgspec

from contracts.faults import Fault
from contracts.rpc.base import Id, Moment, Request, Share, Volume, day_faults
from contracts.rpc.common import Document
from contracts.rpc.words import (
    Basis,
    Channel,
    Comparison,
    Direction,
    DownloadFormat,
    Granularity,
    Language,
    Resource,
    Unit,
    Zone,
)


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
    by: Granularity = "month"
    first_day: date
    last_day: date
    compare: Comparison | None = None

    def faults(self) -> Iterator[Fault]:
        """An account or a meter."""
        yield from day_faults(first_day=self.first_day, last_day=self.last_day)
        if (self.account is None) == (self.meter is None):
            yield Fault("/account", "one_of", "Name an account or a meter.")


class DownloadRequest(Request, frozen=True, kw_only=True):
    """A meter's data as a file (MT-12)."""

    meter: UUID
    format: DownloadFormat
    first_day: date
    last_day: date
    language: Language = "ru"

    def faults(self) -> Iterator[Fault]:
        """Days that a meter can have data of."""
        yield from day_faults(first_day=self.first_day, last_day=self.last_day)


class IntervalDay(msgspec.Struct):
    """A day of a channel: amounts in thousandths of the unit, null for missing."""

    channel: Channel
    day: date
    starts_at: Moment
    step: int
    version: int
    amounts: list[int | None]
    flags: dict[str, str] | None


class IntervalDays(msgspec.Struct):
    """Interval data of a meter."""

    unit: Unit
    days: list[IntervalDay]


class SimilarHomes(msgspec.Struct):
    """What at least ten homes of the same supplier, resource and number of zones used: half of them lie between
    ``lower`` and ``upper``. To two digits."""

    homes: int
    lower: Volume
    median: Volume
    upper: Volume


class Bucket(msgspec.Struct):
    """A month, a day or an hour. ``total`` is null where nothing is known; ``estimated`` is the share of the known time
    whose values are estimates, ``missing`` the share of the time without a value; ``basis`` names what it was made of:
    ``registers``, ``intervals``."""

    start: str
    total: Volume | None
    zones: dict[Zone, Volume]
    estimated: Share | None
    missing: Share
    basis: list[Basis]
    last_year: Volume | None = None
    similar: SimilarHomes | None = None


class LastYear(msgspec.Struct):
    """This year's and last year's use over the ``buckets`` that are known in both."""

    total: Volume
    before: Volume
    buckets: int


class ConsumptionSeries(msgspec.Struct):
    """The meters of one resource and direction (``import``, ``export``) added up."""

    resource: Resource
    unit: Unit
    direction: Direction
    meters: list[Id]
    total: Volume | None
    zones: dict[Zone, Volume]
    estimated: Share | None
    buckets: list[Bucket]
    last_year: LastYear | None


class Consumption(msgspec.Struct):
    """What was used. ``time_zone`` is null for an account without meters."""

    by: Granularity
    time_zone: str | None
    first_day: date
    last_day: date
    series: list[ConsumptionSeries]


class Download(Document):
    """A meter's data as a file in base64 (MT-12); ``encoding`` is ``gzip`` or empty."""

    media: str
    encoding: str

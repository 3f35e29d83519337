"""Consumption and downloads (MT-7, MT-12)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec


class ConsumptionQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Local days of the supplier, both included: by ``month`` about three years at once, by ``day`` 366 days, by
    ``hour`` 31 days. ``compare`` is ``last_year`` or, for an account by month, ``similar``."""

    first_day: date
    last_day: date
    by: str = "month"
    compare: str | None = None


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


class DownloadQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``espi`` (Green Button), ``csv`` or ``xlsx``; at most 366 local days, both ends included."""

    format: str
    first_day: date
    last_day: date
    language: str = "ru"

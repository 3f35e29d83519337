"""Consumption and downloads (MT-7, MT-12)."""

from __future__ import annotations

from datetime import date

import msgspec

from contracts.rpc.words import Comparison, DownloadFormat, Granularity, Language


class ConsumptionQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Local days of the supplier, both included: by ``month`` about three years at once, by ``day`` 366 days, by
    ``hour`` 31 days. ``compare`` with similar homes
    goes for an account by month."""

    first_day: date
    last_day: date
    by: Granularity = "month"
    compare: Comparison | None = None


class DownloadQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most 366 local days, both ends included."""

    format: DownloadFormat
    first_day: date
    last_day: date
    language: Language = "ru"

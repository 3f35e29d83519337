"""Consumption and downloads (MT-7, MT-12)."""

from __future__ import annotations

from datetime import date

import msgspec


class ConsumptionQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Local days of the supplier, both included: by ``month`` about three years at once, by ``day`` 366 days, by
    ``hour`` 31 days. ``compare`` is ``last_year`` or, for an account by month, ``similar``."""

    first_day: date
    last_day: date
    by: str = "month"
    compare: str | None = None


class DownloadQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``espi`` (Green Button), ``csv`` or ``xlsx``; at most 366 local days, both ends included."""

    format: str
    first_day: date
    last_day: date
    language: str = "ru"

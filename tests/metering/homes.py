"""Real homes' half hours for tests of checking (MT-9)."""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from deploy.local.names import ROOT
from services.metering.domain.vee.series import Day

WHOLE = ROOT / "demo" / "data" / "sgsc-10006414.csv.gz"
EXTRACTS = tuple(sorted((Path(__file__).parent / "data").glob("sgsc-*-extract.csv.gz")))
SLOTS = 48


@lru_cache(maxsize=4)
def recorded(path: Path) -> dict[datetime, int]:
    """Thousandths of a kWh by the local start of the half hour."""
    with gzip.open(path, "rt", encoding="ascii") as file:
        return {
            datetime.fromisoformat(row["interval_start_local"]): round(float(row["kwh"]) * 1000)
            for row in csv.DictReader(file)
        }


def days_of(path: Path, first: date | None = None, count: int | None = None) -> list[Day]:
    """Days in a row, missing half hours as None; the home's clock is taken for UTC."""
    found = recorded(path)
    begin = first or min(found).date()
    number = count or (max(found).date() - begin).days + 1
    days = []
    for offset in range(number):
        day = begin + timedelta(days=offset)
        start = datetime.combine(day, datetime.min.time())
        amounts = [found.get(start + timedelta(minutes=30 * slot)) for slot in range(SLOTS)]
        days.append(Day(day, start.replace(tzinfo=UTC), 30, amounts))
    return days

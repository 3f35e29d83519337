"""A real home's half-hourly consumption, moved into a month of our own."""

from __future__ import annotations

import csv
import gzip
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

DATA = Path(__file__).parent / "data" / "sgsc-10006414.csv.gz"
SLOTS = 48


@lru_cache(maxsize=1)
def recorded() -> dict[datetime, Decimal]:
    """Local start of the interval -> kWh, as recorded."""
    with gzip.open(DATA, "rt", encoding="ascii") as file:
        rows = csv.DictReader(file)
        found: dict[datetime, Decimal] = {}
        for row in rows:
            found.setdefault(datetime.fromisoformat(row["interval_start_local"]), Decimal(row["kwh"]))
    return found


@dataclass(frozen=True)
class Month:
    """A month of half hours: ``days[0]`` is the first day; a missing value is None."""

    first_day: date
    days: list[list[Decimal | None]]

    @property
    def total(self) -> Decimal:
        """kWh of all that was recorded."""
        return sum((value for day in self.days for value in day if value is not None), Decimal(0))

    def starts(self, zone: ZoneInfo) -> list[datetime]:
        """Local midnight of each day."""
        return [
            datetime.combine(self.first_day + timedelta(days=index), datetime.min.time(), zone)
            for index in range(len(self.days))
        ]


def month(target: date) -> Month:
    """The recorded days of the same calendar month of 2013, as the month of ``target``."""
    first = target.replace(day=1)
    length = monthrange(first.year, first.month)[1]
    days: list[list[Decimal | None]] = []
    for index in range(length):
        # 29 February has no counterpart: the day before serves again.
        source = date(2013, first.month, min(index + 1, monthrange(2013, first.month)[1]))
        begin = datetime.combine(source, datetime.min.time())
        days.append([recorded().get(begin + timedelta(minutes=30 * slot)) for slot in range(SLOTS)])
    return Month(first, days)

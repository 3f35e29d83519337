"""A home whose meter has something to say: days that are checked, a gap that is estimated, a value that no connection
could carry, and a home in which all use ended at once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

SLOTS = 48
#: Half hours of a home that uses 9.6 kWh a day; more of it in the evening.
PLAIN = ["0.140", "0.160"] * 18 + ["0.330", "0.370"] * 6
GAP_DAY, GAP = 5, slice(20, 23)
SPIKE_DAY, SPIKE = 7, 30
#: So many days, of which the last ones have nothing at all.
DAYS, NOTHING = 12, 2


def half_hours(number: int) -> list[str | None]:
    """What the meter sends of its day ``number``, counted from 0."""
    values: list[str | None] = list(PLAIN)
    if number == GAP_DAY:
        values[GAP] = [None] * (GAP.stop - GAP.start)
    if number == SPIKE_DAY:
        values[SPIKE] = "900.000"
    if number >= DAYS - NOTHING:
        values = ["0.000"] * SLOTS
    return values


def entries(serial: str, first: date, zone: ZoneInfo) -> list[dict[str, Any]]:
    """A head end's entries of all days."""
    return [
        {
            "meter": serial,
            "obis": "1-0:1.29.0",
            "from": datetime.combine(first + timedelta(days=number), datetime.min.time(), zone).isoformat(),
            "step": "PT30M",
            "values": half_hours(number),
        }
        for number in range(DAYS)
    ]

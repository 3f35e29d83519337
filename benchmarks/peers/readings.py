"""The readings that all contestants of ``ingest`` store: whole days of half-hours, a meter and day a message."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import msgspec

METERS: Final = 1_000
SLOTS: Final = 48
CODE: Final = "1.29.0"
FIRST_DAY: Final = datetime(2026, 3, 1, tzinfo=UTC) - timedelta(hours=5)  # midnight in Chelyabinsk
OFFSET: Final = "+05:00"


class Day(NamedTuple):
    """A meter's day; values in thousandths."""

    meter: str
    serial: str
    begin: datetime
    values: list[int]


def meter_id(index: int) -> str:
    """The same in every run."""
    return str(uuid.UUID(int=index * 0x9E3779B97F4A7C15 % 2**128))


def serial(index: int) -> str:
    """As on the plate."""
    return f"{115_000_000 + index}"


def days(count: int) -> Iterator[Day]:
    """So many meters' days, day by day."""
    for number in range(count):
        index = number % METERS + 1
        begin = FIRST_DAY + timedelta(days=number // METERS)
        values = [(number * 31 + slot * 97) % 2_500 for slot in range(SLOTS)]
        yield Day(meter_id(index), serial(index), begin, values)


def message(day: Day, head_end: str) -> bytes:
    """As a head end sends it (docs of the bus)."""
    local = (day.begin + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M:%S") + OFFSET
    return msgspec.json.encode(
        {
            "batch": str(uuid.uuid4()),
            "head_end": head_end,
            "sent_at": local,
            "readings": [
                {
                    "meter": day.serial,
                    "obis": f"1-0:{CODE}",
                    "from": local,
                    "step": "PT30M",
                    "values": [f"{value // 1000}.{value % 1000:03}" for value in day.values],
                }
            ],
        }
    )

"""The readings that all contestants of ``ingest`` store: whole days of half-hours, a meter and day a message; or one
value a message, of a register or of a half-hour."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec

METERS: Final = 2_000  # more than a transaction has messages, as of any fleet
SLOTS: Final = 48
CODE: Final = "1.29.0"
REGISTER: Final = "1.8.0"
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
    return _batch(head_end, _local(day.begin), _run(day.serial, day.begin, day.values))


def singles(count: int, head_end: str, kind: str) -> Iterator[bytes]:
    """Messages of one value each: ``register`` readings, or ``interval`` ones, half-hour by half-hour of all meters."""
    for number in range(count):
        index, turn = number % METERS + 1, number // METERS
        begin = FIRST_DAY + timedelta(minutes=30 * turn)
        if kind == "register":
            entry = {
                "meter": serial(index),
                "obis": f"1-0:{REGISTER}",
                "at": _local(begin),
                "value": f"{1000 + turn}.{index % 1000:03}",
            }
        else:
            entry = _run(serial(index), begin, [(number * 31) % 2_500])
        yield _batch(head_end, _local(begin), entry)


def _local(moment: datetime) -> str:
    return (moment + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M:%S") + OFFSET


def _run(meter: str, begin: datetime, values: list[int]) -> dict[str, Any]:
    return {
        "meter": meter,
        "obis": f"1-0:{CODE}",
        "from": _local(begin),
        "step": "PT30M",
        "values": [f"{value // 1000}.{value % 1000:03}" for value in values],
    }


def _batch(head_end: str, sent_at: str, entry: dict[str, Any]) -> bytes:
    return msgspec.json.encode(
        {"batch": str(uuid.uuid4()), "head_end": head_end, "sent_at": sent_at, "readings": [entry]}
    )

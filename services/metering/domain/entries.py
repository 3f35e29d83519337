"""What a head end's batch says, whichever format it came in; and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from services.metering.domain.thousandths import Values


class RegisterEntry(NamedTuple):
    """A register's reading. ``place`` is that in the batch, from 0, ``meter`` a serial, ``code`` an OBIS code without
    its medium and channel (``1.8.0``)."""

    place: int
    meter: str
    code: str
    at: datetime
    value: Decimal


class RunEntry(NamedTuple):
    """Interval readings, one after the other; ``step`` in minutes, ``flags`` by place among the values."""

    place: int
    meter: str
    code: str
    start: datetime
    step: int
    values: Values
    flags: Mapping[int, str]


class BadEntry(NamedTuple):
    """An entry that cannot be taken whatever the database says: a code, words, and how many values it held."""

    place: int
    code: str
    detail: str
    values: int


Entry = RegisterEntry | RunEntry | BadEntry


class MeterBatch(NamedTuple):
    """A message of a head end, read."""

    batch: str
    head_end: str
    sent_at: datetime | None
    entries: list[Entry]


class EntryRefusedError(Exception):
    """This entry cannot be taken; its neighbours can."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail

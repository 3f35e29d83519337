"""What a head end's batch says, whichever format it came in; and what became of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from services.metering.domain.thousandths import Values


class RegisterEntry(NamedTuple):
    """A register's reading. ``place`` is that in the batch, from 0, ``meter`` a serial, ``code`` an OBIS code without
    its medium and channel (``1.8.0``), ``medium`` that of the code, 0 where it was not said."""

    place: int
    meter: str
    code: str
    at: datetime
    value: Decimal
    medium: int = 0


class RunEntry(NamedTuple):
    """Interval readings, one after the other; ``step`` in minutes, ``flags`` by place among the values."""

    place: int
    meter: str
    code: str
    start: datetime
    step: int
    values: Values
    flags: Mapping[int, str]
    medium: int = 0


class BadEntry(NamedTuple):
    """An entry that cannot be taken whatever the database says: a code, words, and how many values it held."""

    place: int
    code: str
    detail: str
    values: int


Entry = RegisterEntry | RunEntry | BadEntry


class MeterBatch(NamedTuple):
    """A message of a head end, read. ``key`` is by what the batch is known: its id in one form. Without one
    (``refused_whole``) nothing of it is taken. What a head end sends as a ``test`` is answered and not stored."""

    batch: str
    head_end: str
    sent_at: datetime | None
    entries: list[Entry]
    key: str = ""
    test: bool = False


_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
#: Of an id that is none, so much is repeated in the receipt.
LONGEST_BATCH: Final = 100


def refused_whole(batch: MeterBatch, code: str, detail: str) -> MeterBatch:
    """Every entry is refused for one reason, and nobody's later batches are taken for it."""
    entries: list[Entry] = [BadEntry(entry.place, code, detail, values_of(entry)) for entry in batch.entries]
    return batch._replace(batch=batch.batch[:LONGEST_BATCH], entries=entries, key="")


def with_key(batch: MeterBatch) -> MeterBatch:
    """With the key of its id; a UUID is the same in whatever case it is written."""
    if _UUID.fullmatch(batch.batch) is None:
        return refused_whole(batch, "batch_invalid", "batch is a UUID")
    return batch._replace(key=batch.batch.lower())


def values_of(entry: Entry) -> int:
    """How many values an entry holds; a register reading is one."""
    if isinstance(entry, BadEntry):
        return entry.values
    return entry.values.count if isinstance(entry, RunEntry) else 1


class EntryRefusedError(Exception):
    """This entry cannot be taken; its neighbours can."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail

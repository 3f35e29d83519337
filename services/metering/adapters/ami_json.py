"""Batches as JSON (contracts/ami.py). A list of plain values is not even taken apart: see domain/thousandths."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from contracts.ami import STEPS, decode_batch, decode_reading
from contracts.numbers import within_reach
from services.metering.domain.entries import (
    BadEntry,
    Entry,
    EntryRefusedError,
    MeterBatch,
    RegisterEntry,
    RunEntry,
)
from services.metering.domain.obis import read_obis
from services.metering.domain.thousandths import Values, ValueUnfitError, exact_values, plain_values

MAX_FLAG = 100
MAX_DIGITS = 30


class _Entry(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """contracts.ami.Reading with its values as they came."""

    meter: str
    obis: str
    at: datetime | None = None
    value: Decimal | None = None
    from_: datetime | None = None
    step: str | None = None
    values: msgspec.Raw = msgspec.Raw(b"null")
    flags: dict[str, str] | None = None


_decoder = msgspec.json.Decoder(_Entry)


def read_json(body: bytes) -> MeterBatch:
    """Raises msgspec.MsgspecError or UnicodeDecodeError for a body that is no batch; what is wrong with an entry is
    said in its place."""
    batch = decode_batch(body)
    return MeterBatch(
        batch.batch,
        batch.head_end,
        batch.sent_at,
        [_read(index, raw) for index, raw in enumerate(batch.readings)],
    )


def _read(index: int, raw: msgspec.Raw) -> Entry:
    try:
        return _entry(index, raw)
    except EntryRefusedError as refused:
        return BadEntry(index, refused.code, refused.detail, _values_in(raw))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return BadEntry(index, "malformed_entry", str(error)[:200], _values_in(raw))


def _entry(index: int, raw: msgspec.Raw) -> Entry:
    entry = _decoder.decode(raw)
    obis = read_obis(entry.obis)
    if obis is None:
        raise EntryRefusedError("unknown_register", f"{entry.obis[:40]!r} is no OBIS code that is taken")
    listed = bytes(entry.values)
    if listed == b"null":
        if entry.at is None or entry.value is None:
            raise EntryRefusedError("malformed_entry", "register readings have at and value")
        return RegisterEntry(index, entry.meter, obis.code, entry.at, bounded(entry.value), obis.medium)
    values = plain_values(listed) or _values(raw)
    if entry.from_ is None or entry.step not in STEPS or entry.value is not None:
        raise EntryRefusedError(
            "malformed_entry", "interval readings have from, step (PT15M, PT30M, PT60M), values"
        )
    flags = _flags(entry.flags, values.size) if entry.flags else {}
    return RunEntry(index, entry.meter, obis.code, entry.from_, STEPS[entry.step], values, flags, obis.medium)


def bounded(value: Decimal) -> Decimal:
    """A number that any database can hold, and no more digits of it than any register has."""
    if not value.is_finite() or len(value.as_tuple().digits) > MAX_DIGITS or not within_reach(value):
        raise EntryRefusedError("value_unfit", "no register shows that")
    return value


def _values(raw: msgspec.Raw) -> Values:
    try:
        return exact_values(decode_reading(raw).values or [])
    except ValueUnfitError as error:
        raise EntryRefusedError("value_unfit", f"value {str(error)[:40]} does not fit the channel") from None


def _flags(flags: dict[str, str], size: int) -> dict[int, str]:
    """The head end's marks, by place among the values."""
    found: dict[int, str] = {}
    for place, flag in flags.items():
        fits = place.isascii() and place.isdecimal() and len(place) <= 6 and int(place) < size
        if not fits or "\0" in flag or len(flag) > MAX_FLAG:
            raise EntryRefusedError("malformed_entry", "flags are by place among the values")
        found[int(place)] = flag
    return found


def _values_in(raw: msgspec.Raw) -> int:
    """How many values an entry that does not fit holds; a register reading is one."""
    try:
        entry: Any = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return 1
    values = entry.get("values") if isinstance(entry, dict) else None
    return sum(value is not None for value in values) if isinstance(values, list) else 1

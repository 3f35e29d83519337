"""Automated readings (MT-8): many batches in one transaction, each value new, a duplicate, a correction or a reject.

Rows of a key are written in one statement for all messages; what was there already is locked, compared and merged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from chassis.clock import local_day
from chassis.transaction import Transaction
from contracts.ami import STEPS, Batch, Receipt, Rejected, decode_reading
from contracts.errors import CabinetError
from contracts.events.metering import AutomatedReadingsStored
from contracts.periods import period_of
from contracts.sources import AUTOMATED
from services.metering.configuration import MeteringTools
from services.metering.domain.intervals import DaySlice, MisalignedError, ValueUnfitError, by_local_day, merge
from services.metering.domain.registers import MeterFace, check_shape
from services.metering.store import intervals, meters, readings
from services.metering.store.intervals import Key, NewDay
from services.metering.store.readings import NewReading

INTERVAL_CHANNELS = frozenset({"1.29.0", "2.29.0"})
CLOCK_SKEW = timedelta(minutes=5)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass
class Incoming:
    """A batch with the provider of its routing key, and the count of what became of its values."""

    provider: str
    batch: Batch
    accepted: int = 0
    duplicates: int = 0
    corrected: int = 0
    rejected: list[Rejected] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes a batch the same batch."""
        return self.provider, self.batch.head_end, self.batch.batch

    def receipt(self) -> str:
        """The answer, as JSON."""
        return msgspec.json.encode(
            Receipt(
                batch=self.batch.batch,
                accepted=self.accepted,
                duplicates=self.duplicates,
                corrected=self.corrected,
                rejected=sorted(self.rejected, key=lambda item: item.index),
            )
        ).decode()


class _Refused(Exception):
    """This entry cannot be taken."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


@dataclass
class _Work:
    """What all batches of a transaction want written."""

    registers: dict[tuple[str, str, datetime], list[tuple[Incoming, NewReading]]] = field(
        default_factory=dict
    )
    days: dict[Key, list[tuple[Incoming, DaySlice, int, int]]] = field(default_factory=dict)
    closings: dict[tuple[str, str], AutomatedReadingsStored] = field(default_factory=dict)


def ingest(tx: Transaction, tools: MeteringTools, now: datetime, incoming: list[Incoming]) -> list[str]:
    """Store all; the receipts in the order of the batches. A batch that was taken before gets its first receipt."""
    known = intervals.known_batches(tx, [item.key for item in incoming])
    fresh: dict[tuple[str, str, str], Incoming] = {}
    for item in incoming:
        if item.key not in known:
            fresh.setdefault(item.key, item)
    work = _sort(tx, tools, now, list(fresh.values()))
    _write_registers(tx, work, now)
    _write_days(tx, work, now)
    receipts = {key: item.receipt() for key, item in fresh.items()}
    if receipts:
        rows = [(*key, receipt) for key, receipt in receipts.items()]
        if intervals.remember_batches(tx, rows, now) != len(rows):
            # Another consumer took one of them in the meantime: all over again, now it is known.
            raise CabinetError("service_unavailable", "The same batch is being taken elsewhere.")
    for event in work.closings.values():
        tx.emit(event)
    return [known.get(item.key) or receipts[item.key] for item in incoming]


# --- reading the entries --------------------------------------------------------------------------------------------


def _sort(tx: Transaction, tools: MeteringTools, now: datetime, batches: list[Incoming]) -> _Work:
    entries: list[tuple[Incoming, int, Any]] = []
    wanted: set[tuple[str, str]] = set()
    for item in batches:
        for index, raw in enumerate(item.batch.readings):
            try:
                reading = decode_reading(raw)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                item.rejected.append(
                    Rejected(
                        index=index, code="malformed_entry", detail=str(error)[:200], values=_values_in(raw)
                    )
                )
                continue
            if "\0" in reading.meter:
                # No text of the database can hold it: no such meter, and not the whole batch's fault.
                item.rejected.append(
                    Rejected(
                        index=index,
                        code="unknown_meter",
                        detail="not a serial",
                        values=_count(reading.values),
                    )
                )
                continue
            entries.append((item, index, reading))
            wanted.add((item.provider, reading.meter))
    pairs = sorted(wanted)
    found = {
        (row["provider"], row["serial"]): row
        for row in meters.by_serials(tx, [pair[0] for pair in pairs], [pair[1] for pair in pairs])
    }
    work = _Work()
    for item, index, reading in entries:
        try:
            meter = found.get((item.provider, reading.meter))
            if meter is None:
                raise _Refused("unknown_meter", "no meter in place with this serial")
            _sort_entry(work, tools, now, item, index, meter, reading)
        except _Refused as refused:
            item.rejected.append(
                Rejected(index=index, code=refused.code, detail=refused.detail, values=_count(reading.values))
            )
    return work


def _count(values: list[Any] | None) -> int:
    """How many values an entry holds; a register reading is one."""
    return 1 if values is None else sum(value is not None for value in values)


def _values_in(raw: msgspec.Raw) -> int:
    """The same of an entry that does not fit."""
    try:
        entry = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return 1
    values = entry.get("values") if isinstance(entry, dict) else None
    return _count(values if isinstance(values, list) else None)


def _sort_entry(
    work: _Work, tools: MeteringTools, now: datetime, item: Incoming, index: int, meter: Any, reading: Any
) -> None:
    code = reading.obis.rsplit(":", 1)[-1]
    zone = tools.core[item.provider].zone
    if reading.values is not None:
        if reading.from_ is None or reading.step not in STEPS or reading.value is not None:
            raise _Refused(
                "malformed_entry", "interval readings have from, step (PT15M, PT30M, PT60M), values"
            )
        if code not in INTERVAL_CHANNELS:
            raise _Refused("unknown_register", "no such interval channel")
        moment, step = _moment(reading.from_, now), STEPS[reading.step]
        last = max((place for place, value in enumerate(reading.values) if value is not None), default=-1)
        if last >= 0:
            _moment(moment + timedelta(minutes=step) * (last + 1), now)
        try:
            slices = by_local_day(moment, step, reading.values, zone, _flags(reading))
        except MisalignedError:
            raise _Refused("time_misaligned", "from is not on the grid of step") from None
        except ValueUnfitError as error:
            raise _Refused("value_unfit", f"value {str(error)[:40]} does not fit the channel") from None
        for part in slices:
            if part.flags or any(amount is not None for amount in part.amounts):
                work.days.setdefault((meter["id"], code, part.day), []).append((item, part, step, index))
        return
    if reading.at is None or reading.value is None:
        raise _Refused("malformed_entry", "register readings have at and value")
    if code not in (meter["registers"] or {}):
        raise _Refused("unknown_register", "the meter has no such register")
    moment = _moment(reading.at, now)
    try:
        check_shape(MeterFace(meter["digits"], max(meter["decimals"], 3)), code, reading.value)
    except CabinetError as error:
        raise _Refused("value_unfit", error.detail) from None
    # Midnight ends the day before it: the reading of the 1st at 00:00 closes the month.
    day = local_day(moment - timedelta(seconds=1), zone)
    period = period_of(day)
    row = NewReading(meter["id"], code, moment, reading.value, period, AUTOMATED, None)
    work.registers.setdefault((row.meter, row.register, row.at), []).append((item, row))
    if period_of(local_day(moment, zone)) != period:
        work.closings[(meter["id"], period)] = AutomatedReadingsStored(
            account=meter["account"],
            provider=item.provider,
            meter=meter["id"],
            serial=meter["serial"],
            period=period,
            at=moment,
        )


def _flags(reading: Any) -> dict[int, str]:
    """The head end's marks, by place among the values."""
    found: dict[int, str] = {}
    for place, flag in (reading.flags or {}).items():
        if not place.isdecimal() or int(place) >= len(reading.values) or "\0" in flag or len(flag) > 100:
            raise _Refused("malformed_entry", "flags are by place among the values")
        found[int(place)] = flag
    return found


def _moment(moment: datetime, now: datetime) -> datetime:
    if moment.tzinfo is None:
        raise _Refused("time_unfit", "times need an offset")
    if moment < EARLIEST:
        raise _Refused("time_unfit", "no meter was read then")
    if moment > now + CLOCK_SKEW:
        raise _Refused("time_in_future", "the time has not come yet")
    return moment


# --- writing --------------------------------------------------------------------------------------------------------


def _write_registers(tx: Transaction, work: _Work, now: datetime) -> None:
    keys = sorted(work.registers)
    firsts = [work.registers[key][0][1] for key in keys]
    stored = readings.add(tx, firsts, now)
    rest: list[tuple[tuple[str, str, datetime], Incoming, NewReading]] = []
    for key in keys:
        entries = work.registers[key]
        if key in stored:
            entries[0][0].accepted += 1
            entries = entries[1:]
        rest += [(key, item, row) for item, row in entries]
    known: dict[tuple[str, str, datetime], tuple[Decimal | None, int]] = {
        key: (row["value"] if row["counts"] else None, row["version"])
        for key, row in readings.current(tx, [key for key, _, _ in rest]).items()
    }
    for key, item, row in rest:
        value, version = known[key]
        if value == row.value:
            item.duplicates += 1
            continue
        readings.correct(tx, row, version, now)
        known[key] = (row.value, version + 1)
        if value is None:
            # What stood there had been withdrawn: nothing that counts is corrected.
            item.accepted += 1
        else:
            item.corrected += 1


def _write_days(tx: Transaction, work: _Work, now: datetime) -> None:
    keys = sorted(work.days)
    fresh = {key: _Folded(key, work.days[key]) for key in keys}
    stored = intervals.add_days(tx, [folded.as_new() for folded in fresh.values()], now)
    old: list[Any] = []
    for key in stored:
        old += fresh[key].replaced
        fresh[key].count()
    locked = intervals.lock_days(tx, [key for key in keys if key not in stored])
    changed: list[tuple[Key, int, list[int | None], dict[str, str]]] = []
    for key, row in locked.items():
        folded = _Folded(key, work.days[key], row)
        folded.count()
        old += folded.replaced
        if folded.changed:
            changed.append((key, folded.version, folded.amounts, folded.flags))
    intervals.keep_old(tx, old, now)
    intervals.update_days(tx, changed, now)


class _Folded:
    """All parts of one day laid over what is stored (or nothing), in the order they came."""

    def __init__(self, key: Key, parts: list[tuple[Incoming, DaySlice, int, int]], row: Any = None) -> None:
        first = parts[0][1]
        self._key, self._starts_at = key, first.starts_at
        self._step = row["step"] if row else parts[0][2]
        self.amounts: list[int | None] = list(row["amounts"]) if row else [None] * first.slots
        self.version: int = row["version"] if row else 1
        self.flags: dict[str, str] = dict(row["flags"] or {}) if row else {}
        self.changed = False
        self.replaced: list[tuple[Key, int, list[int | None], str]] = []
        self._counts: list[tuple[Incoming, int, int, int]] = []
        self._rejects: list[tuple[Incoming, Rejected]] = []
        for item, part, step, index in parts:
            if step != self._step:
                count = sum(amount is not None for amount in part.amounts)
                detail = f"the day {part.day} has intervals of {self._step} minutes"
                self._rejects.append(
                    (item, Rejected(index=index, code="step_changed", detail=detail, values=count))
                )
                continue
            merged = merge(self.amounts, part)
            self._counts.append((item, merged.accepted, merged.duplicates, merged.corrected))
            if merged.corrected:
                self.replaced.append((key, self.version, self.amounts, item.batch.batch))
                self.version += 1
            marked = {**self.flags, **part.flags}
            self.changed = self.changed or bool(merged.accepted or merged.corrected) or marked != self.flags
            self.amounts, self.flags = merged.amounts, marked

    def as_new(self) -> NewDay:
        """The row, if the day is not there yet."""
        meter, channel, day = self._key
        return NewDay(
            meter, channel, day, self._starts_at, self._step, self.version, self.amounts, self.flags
        )

    def count(self) -> None:
        """Put what happened on the batches' receipts."""
        for item, accepted, duplicates, corrected in self._counts:
            item.accepted += accepted
            item.duplicates += duplicates
            item.corrected += corrected
        for item, rejected in self._rejects:
            item.rejected.append(rejected)

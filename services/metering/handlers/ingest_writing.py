"""Writing what batches bring: a statement a table for all of them, and on each receipt what became of its values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from chassis.transaction import Transaction
from contracts.ami import Rejected
from contracts.events.metering import AutomatedReadingsStored
from contracts.sources import AUTOMATED
from services.metering.domain.intervals import DaySlice, merge
from services.metering.store import ami, ami_readings, intervals
from services.metering.store.ami_readings import AmiReading, NewReadings, NewVersion
from services.metering.store.intervals import Filling, Fillings, Key, NewDay


class Counted(Protocol):
    """A batch, as far as writing knows it: what became of its values."""

    accepted: int
    duplicates: int
    corrected: int
    rejected: list[Rejected]

    @property
    def name(self) -> str:
        """The batch's id."""


Part = tuple[Counted, DaySlice, int, int]


@dataclass(slots=True)
class Work:
    """What all batches of a transaction want written, in the order they came. A part of a day is (batch, slice, step,
    index of the entry). ``closings``: the event of a meter and moment, if the month's last register came."""

    registers: dict[ami_readings.Key, list[tuple[Counted, AmiReading]]] = field(default_factory=dict)
    days: dict[Key, list[Part]] = field(default_factory=dict)
    closings: dict[tuple[str, datetime], AutomatedReadingsStored] = field(default_factory=dict)

    def add_reading(self, batch: Counted, reading: AmiReading) -> None:
        """A register reading."""
        self.registers.setdefault(reading.key, []).append((batch, reading))

    def add_slice(self, key: Key, batch: Counted, part: DaySlice, step: int, index: int) -> None:
        """A part of an interval day."""
        self.days.setdefault(key, []).append((batch, part, step, index))


class Arranged:
    """Work as the first statement of each table takes it. Made before the batch's turn, in which then little happens
    but the database's own part. Keys are in one order for all, so that transactions wait for each other in it."""

    __slots__ = ("day_keys", "fillings", "new_readings", "register_keys", "work")

    def __init__(self, work: Work) -> None:
        self.work = work
        self.register_keys = sorted(work.registers)
        self.new_readings = NewReadings([work.registers[key][0][1] for key in self.register_keys])
        self.day_keys = sorted(work.days)
        self.fillings = Fillings([part for key in self.day_keys for part in _filling(key, work.days[key])])


def _filling(key: Key, parts: list[Part]) -> Iterator[Filling]:
    """Values that go on where a day was left, as of head ends that send each value as it is read. One that begins a
    day is mostly the first of it, and a day in parts is for folding."""
    if len(parts) == 1:
        _, part, step, _ = parts[0]
        if part.first and part.values.size and not part.flags:
            last = part.first + part.values.size - 1
            yield Filling(*key, step, part.first, last, "{" + part.values.text + "}")


def write_registers(tx: Transaction, arranged: Arranged, now: datetime) -> list[AutomatedReadingsStored]:
    """Store register readings. The events of meters of which, with these, every register has its closing reading."""
    work, keys = arranged.work, arranged.register_keys
    if not keys:
        return []
    stored = ami_readings.add_readings(tx, arranged.new_readings, AUTOMATED, now)
    taken, below = set(stored.taken), set(stored.below)
    arrived: set[tuple[str, datetime]] = set()
    rest: list[tuple[ami_readings.Key, Counted, AmiReading]] = []
    for key in keys:
        entries = work.registers[key]
        if key in below:
            for batch, reading in entries:
                batch.rejected.append(
                    Rejected(
                        index=reading.place,
                        code="reading_below_last",
                        detail="the register went down, and not over its end",
                    )
                )
            continue
        if key not in taken:
            entries[0][0].accepted += 1
            arrived.add((key[0], key[2]))
            entries = entries[1:]
        rest += [(key, batch, reading) for batch, reading in entries]
    if rest:
        _correct(tx, rest, arrived, now)
    candidates = sorted(arrived & work.closings.keys())
    closed = ami.closed(tx, candidates)
    return [work.closings[candidate] for candidate in candidates if candidate in closed]


def _correct(
    tx: Transaction,
    rest: list[tuple[ami_readings.Key, Counted, AmiReading]],
    arrived: set[tuple[str, datetime]],
    now: datetime,
) -> None:
    known: dict[ami_readings.Key, tuple[Decimal | None, int]] = {
        key: (row["value"] if row["counts"] else None, row["version"])
        for key, row in ami_readings.current(tx, list(dict.fromkeys(key for key, _, _ in rest))).items()
    }
    versions: dict[ami_readings.Key, list[NewVersion]] = {}
    for key, batch, reading in rest:
        value, version = known[key]
        if value == reading.value:
            batch.duplicates += 1
            continue
        new = versions.setdefault(key, [])
        if new:
            new[-1] = new[-1]._replace(counts=False)
        new.append(NewVersion(reading, version + 1, True))
        known[key] = (reading.value, version + 1)
        if value is None:
            # What stood there had been withdrawn: nothing that counts is corrected.
            batch.accepted += 1
            arrived.add((key[0], key[2]))
        else:
            batch.corrected += 1
    ami_readings.correct(tx, [row for rows in versions.values() for row in rows], AUTOMATED, now)


def write_days(tx: Transaction, arranged: Arranged, now: datetime) -> None:
    """Store interval days: values for the gaps of days that are there, new days as they come, the others laid over
    what is there."""
    work = arranged.work
    if not work.days:
        return
    filled = _fill(tx, arranged, now)
    keys = [key for key in arranged.day_keys if key not in filled]
    rows: list[NewDay] = []
    folded: dict[Key, _Folded] = {}
    for key in keys:
        parts = work.days[key]
        if len(parts) == 1:
            # By far the most: nothing to fold.
            _, part, step, _ = parts[0]
            rows.append(NewDay(*key, part.starts_at, step, 1, part.array_text(), part.flags))
        else:
            folded[key] = _Folded(key, parts)
            rows.append(folded[key].as_new())
    stored = set(intervals.add_days(tx, rows, now))
    old: list[Any] = []
    for key in keys:
        if key in stored:
            continue
        if key in folded:
            old += folded[key].replaced
            folded[key].count()
        else:
            batch, part, _, _ = work.days[key][0]
            batch.accepted += part.values.count
    changed: list[tuple[Key, int, list[int | None], dict[str, str]]] = []
    for key, row in intervals.lock_days(tx, sorted(stored)).items():
        over = _Folded(key, work.days[key], row)
        over.count()
        old += over.replaced
        if over.changed:
            changed.append((key, over.version, over.amounts, over.flags))
    intervals.keep_old(tx, old, now)
    intervals.update_days(tx, changed, now)


def _fill(tx: Transaction, arranged: Arranged, now: datetime) -> set[Key]:
    """Put what fits into the gaps of stored days; the keys of what did."""
    filled = intervals.fill_days(tx, arranged.fillings, now)
    for key in filled:
        batch, part, _, _ = arranged.work.days[key][0]
        batch.accepted += part.values.count
    return filled


class _Folded:
    """All parts of one day laid over what is stored (or nothing), in the order they came."""

    def __init__(self, key: Key, parts: list[Part], row: Any = None) -> None:
        first = parts[0][1]
        self._key, self._starts_at = key, first.starts_at
        self._step = row["step"] if row else parts[0][2]
        self.amounts: list[int | None] = list(row["amounts"]) if row else [None] * first.slots
        self.version: int = row["version"] if row else 1
        self.flags: dict[str, str] = dict(row["flags"] or {}) if row else {}
        self.changed = False
        self.replaced: list[tuple[Key, int, list[int | None], str]] = []
        self._counts: list[tuple[Counted, int, int, int]] = []
        self._rejects: list[tuple[Counted, Rejected]] = []
        for batch, part, step, index in parts:
            if step != self._step:
                detail = f"the day {part.day} has intervals of {self._step} minutes"
                self._rejects.append(
                    (
                        batch,
                        Rejected(index=index, code="step_changed", detail=detail, values=part.values.count),
                    )
                )
                continue
            merged = merge(self.amounts, part)
            self._counts.append((batch, merged.accepted, merged.duplicates, merged.corrected))
            if merged.corrected:
                self.replaced.append((key, self.version, self.amounts, batch.name))
                self.version += 1
            marked = {**self.flags, **part.flags}
            self.changed = self.changed or bool(merged.accepted or merged.corrected) or marked != self.flags
            self.amounts, self.flags = merged.amounts, marked

    def as_new(self) -> NewDay:
        """The row, if the day is not there yet."""
        text = intervals.array_text(self.amounts)
        return NewDay(*self._key, self._starts_at, self._step, self.version, text, self.flags)

    def count(self) -> None:
        """Put what happened on the batches' receipts."""
        for batch, accepted, duplicates, corrected in self._counts:
            batch.accepted += accepted
            batch.duplicates += duplicates
            batch.corrected += corrected
        for batch, rejected in self._rejects:
            batch.rejected.append(rejected)

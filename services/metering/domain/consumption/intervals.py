"""Consumption from interval data: days of slots laid on the local clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Final

from contracts.periods import period_of
from services.metering.domain.consumption.tally import INTERVALS, Tally
from services.metering.domain.consumption.zones import Schedule
from services.metering.domain.intervals import MILLI, day_bounds

DAY_MINUTES: Final = 24 * 60
HOUR: Final = timedelta(hours=1)
# Quality of a value, by ESPI's numbers: as it came, unchecked; and those that a machine made.
RAW: Final = 14
ESTIMATED: Final = frozenset({8, 9, 11, 12})


@dataclass(frozen=True)
class IntervalDay:
    """A local day of a channel. ``amounts`` are thousandths of the unit without the ratio, None for missing;
    ``marks`` the quality of each slot, None where the day was not checked (all of it is ``RAW``)."""

    channel: str
    day: date
    starts_at: datetime
    step: int
    amounts: Sequence[int | None]
    marks: Sequence[int | None] | None = None

    def mark(self, slot: int) -> int:
        """The quality of a slot."""
        found = None if self.marks is None else self.marks[slot]
        return RAW if found is None else found

    def moment(self, slot: int) -> datetime:
        """When a slot begins."""
        return self.starts_at + slot * timedelta(minutes=self.step)


def by_hour(
    days: Iterable[IntervalDay], schedule: Schedule, zone: tzinfo, ratio: Decimal
) -> dict[datetime, Tally]:
    """By the instant at which the hour begins. A day has 23 or 25 hours where the clock changes."""
    found: dict[datetime, Tally] = {}
    for day in days:
        per_hour = 60 // day.step
        names = slot_zones(day.day, day.step, len(day.amounts), schedule, zone)
        for first in range(0, len(day.amounts), per_hour):
            tally = _sum(day, range(first, min(first + per_hour, len(day.amounts))), names, ratio)
            if tally.known:
                found[day.moment(first)] = tally
    return found


def by_day(
    days: Iterable[IntervalDay], schedule: Schedule, zone: tzinfo, ratio: Decimal
) -> dict[date, Tally]:
    """By local day."""
    found: dict[date, Tally] = {}
    for day in days:
        names = slot_zones(day.day, day.step, len(day.amounts), schedule, zone)
        tally = _sum(day, range(len(day.amounts)), names, ratio)
        if tally.known:
            found[day.day] = tally
    return found


def by_month(
    days: Iterable[IntervalDay], schedule: Schedule, zone: tzinfo, ratio: Decimal
) -> dict[str, Tally]:
    """By the month of the local day."""
    found: dict[str, Tally] = {}
    for day, tally in by_day(days, schedule, zone, ratio).items():
        found.setdefault(period_of(day), Tally()).add(tally)
    return found


def slot_zones(day: date, step: int, slots: int, schedule: Schedule, zone: tzinfo) -> tuple[str, ...]:
    """The zone of each slot of a local day, by the local hour in which the slot begins."""
    begin, end = day_bounds(day, zone)
    if end - begin == timedelta(days=1):
        return _plain(step, slots, schedule)
    width = timedelta(minutes=step)
    return tuple(schedule[(begin + slot * width).astimezone(zone).hour] for slot in range(slots))


@lru_cache(maxsize=64)
def _plain(step: int, slots: int, schedule: Schedule) -> tuple[str, ...]:
    return tuple(schedule[slot * step % DAY_MINUTES // 60] for slot in range(slots))


def hours_between(first: date, last: date, zone: tzinfo) -> Iterator[datetime]:
    """The instants at which the hours of local days begin, both days included."""
    moment, end = day_bounds(first, zone)[0], day_bounds(last, zone)[1]
    while moment < end:
        yield moment
        moment += HOUR


def _sum(day: IntervalDay, slots: range, names: Sequence[str], ratio: Decimal) -> Tally:
    amounts, marks = day.amounts, day.marks
    sums: dict[str, int] = {}
    known = estimated = 0
    for slot in slots:
        amount = amounts[slot]
        if amount is None:
            continue
        name = names[slot]
        sums[name] = sums.get(name, 0) + amount
        known += 1
        if marks is not None and marks[slot] in ESTIMATED:
            estimated += 1
    zones = {name: amount * ratio / MILLI for name, amount in sums.items()}
    return Tally(zones, known * day.step, estimated * day.step, {INTERVALS} if known else set())

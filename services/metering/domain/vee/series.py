"""Days of a channel in a row, and the place that each of their intervals has on the local clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from services.metering.domain.intervals import day_bounds

MINUTES: Final = 24 * 60
Amount = int | None


def slots_of(day: date, step: int, zone: tzinfo) -> int:
    """How many intervals of ``step`` minutes the local day has: 46 or 50 half hours where the clock changes."""
    begin, end = day_bounds(day, zone)
    return int((end - begin) / timedelta(minutes=step))


@dataclass(frozen=True)
class Day:
    """A local day as it came: ``amounts`` in thousandths of the unit (None: missing), ``flags`` by slot."""

    day: date
    starts_at: datetime
    step: int
    amounts: Sequence[Amount]
    flags: dict[int, str] = field(default_factory=dict)

    @property
    def ends_at(self) -> datetime:
        """The instant at which its last interval ends."""
        return self.starts_at + timedelta(minutes=self.step * len(self.amounts))


def empty_day(day: date, step: int, zone: tzinfo) -> Day:
    """A day of which nothing came."""
    return Day(day, day_bounds(day, zone)[0], step, [None] * slots_of(day, step, zone))


class Series:
    """Days in a row without a hole, all of one step; intervals are numbered through, from 0.

    ``clock[position]`` is the interval's number on the local clock's day (0 to 47 for half hours): the same for the
    same time of day, also on the days on which the clock changes.
    """

    def __init__(self, days: Sequence[Day], zone: tzinfo) -> None:
        self.days = list(days)
        self.step = days[0].step
        self.starts_at = days[0].starts_at
        self.values: list[Amount] = []
        self.first: list[int] = []
        self.clock: list[int] = []
        self.of_day: list[int] = []
        self._places: list[dict[int, int]] = []
        for number, day in enumerate(self.days):
            begin, clock = len(self.values), _clock(day, zone)
            self.first.append(begin)
            self.values += day.amounts
            self.clock += clock
            self.of_day += [number] * len(clock)
            places: dict[int, int] = {}
            for offset, time in enumerate(clock):
                places.setdefault(time, begin + offset)
            self._places.append(places)
        self.weekdays = [day.day.weekday() for day in self.days]

    def __len__(self) -> int:
        return len(self.values)

    def at(self, day: int, time: int) -> int | None:
        """The interval of a day (by its number) at a time of the local clock; None where the clock skips it."""
        return self._places[day].get(time)

    def moment(self, position: int) -> datetime:
        """The instant at which an interval begins."""
        return self.starts_at + timedelta(minutes=self.step * position)

    def position(self, moment: datetime) -> int | None:
        """The interval that begins at the instant, the length for the end; None off the grid or outside."""
        place, rest = divmod(moment - self.starts_at, timedelta(minutes=self.step))
        return place if not rest and 0 <= place <= len(self) else None

    def part(self, number: int) -> slice:
        """Where the day (by its number) lies."""
        return slice(self.first[number], self.first[number] + len(self.days[number].amounts))


def _clock(day: Day, zone: tzinfo) -> list[int]:
    slots = len(day.amounts)
    if slots * day.step == MINUTES:
        return list(range(slots))
    found = []
    for slot in range(slots):
        local = (day.starts_at + timedelta(minutes=day.step * slot)).astimezone(zone)
        found.append((local.hour * 60 + local.minute) // day.step)
    return found

"""Meters of one resource and direction added up bucket by bucket, as a chart shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Final, TypeVar

from contracts.periods import next_period, parse_period
from services.metering.domain.consumption import intervals, registers
from services.metering.domain.consumption.tally import Tally, share
from services.metering.domain.intervals import day_bounds

MONTH, DAY, HOUR = "month", "day", "hour"
# How many days a question may span, by the size of its buckets.
MAX_DAYS: Final = {MONTH: 3 * 366, DAY: 366, HOUR: 31}

Key = TypeVar("Key")


@dataclass(frozen=True)
class Frame:
    """The buckets of a question: their size, the local days it spans, the supplier's zone."""

    by: str
    first: date
    last: date
    zone: tzinfo

    @property
    def keys(self) -> list[Any]:
        """Every bucket in order: months ``YYYY-MM``, days, or the instants (UTC) at which hours begin."""
        if self.by == MONTH:
            return registers.months_between(self.first, self.last)
        if self.by == DAY:
            return [self.first + timedelta(days=step) for step in range((self.last - self.first).days + 1)]
        return list(intervals.hours_between(self.first, self.last, self.zone))

    def bounds(self, key: Any) -> tuple[datetime, datetime]:
        """The instants at which a bucket begins and ends."""
        if self.by == MONTH:
            first, after = parse_period(key), parse_period(next_period(key))
            return day_bounds(first, self.zone)[0], day_bounds(after, self.zone)[0]
        if self.by == DAY:
            return day_bounds(key, self.zone)
        return key, key + intervals.HOUR

    def label(self, key: Any) -> Any:
        """How the answer names a bucket: hours on the local clock with their offset."""
        return key.astimezone(self.zone) if self.by == HOUR else key

    def whole(self) -> Frame:
        """The same with its first and last month whole."""
        if self.by != MONTH:
            return self
        last = parse_period(next_period(f"{self.last:%Y-%m}")) - timedelta(days=1)
        return Frame(self.by, self.first.replace(day=1), last, self.zone)

    def year_before(self) -> Frame:
        """The same days of the year before; the 29th of February becomes the 28th."""
        return Frame(self.by, _year_before(self.first), _year_before(self.last), self.zone).whole()

    def key_year_before(self, key: Any) -> Any:
        """The same bucket a year before; None for the 29th of February, and where the clock knew no such hour."""
        if self.by == MONTH:
            return f"{int(key[:4]) - 1:04d}{key[4:]}"
        if self.by == DAY:
            before = _year_before(key)
            return before if before.day == key.day else None
        local = key.astimezone(self.zone)
        before = _year_before(local.date())
        if before.day != local.day:
            return None
        wall = datetime(before.year, before.month, before.day, local.hour, tzinfo=self.zone, fold=local.fold)
        moment = wall.astimezone(UTC)
        back = moment.astimezone(self.zone)
        return moment if (back.hour, back.fold) == (local.hour, local.fold) else None


@dataclass
class Series:
    """What meters of a resource, unit and direction used."""

    resource: str
    unit: str
    direction: str
    meters: list[str] = field(default_factory=list)
    buckets: dict[Any, Tally] = field(default_factory=dict)

    def add(self, meter: str, buckets: Mapping[Any, Tally]) -> None:
        """Another meter."""
        self.meters.append(meter)
        for key, tally in buckets.items():
            self.buckets.setdefault(key, Tally()).add(tally)

    def total(self, keys: list[Any]) -> Tally:
        """The buckets together."""
        found = Tally()
        for key in keys:
            if key in self.buckets:
                found.add(self.buckets[key])
        return found


def best_of_month(by_registers: Mapping[Key, Tally], by_intervals: Mapping[Key, Tally]) -> dict[Key, Tally]:
    """Registers are what is billed: interval data fills only months without them. (Where a register's difference spans
    several months, what intervals measured of them is in it already.)"""
    return {**by_intervals, **by_registers}


def measured_by_zone(
    frame: Frame, by_intervals: Mapping[Key, Tally], zones: Iterable[str]
) -> dict[str, dict[Key, Decimal]]:
    """By zone: the buckets that intervals measured from end to end, with nothing estimated."""
    found: dict[str, dict[Key, Decimal]] = {zone: {} for zone in zones}
    for key, tally in by_intervals.items():
        first, after = frame.bounds(key)
        if tally.estimated == 0 and tally.known * 60 >= int((after - first).total_seconds()):
            for zone in found:
                found[zone][key] = tally.zones.get(zone, Decimal(0))
    return found


def best_of_day(by_registers: Mapping[Key, Tally], by_intervals: Mapping[Key, Tally]) -> dict[Key, Tally]:
    """What knows more of the day; interval data if both know as much."""
    found = dict(by_intervals)
    for day, tally in by_registers.items():
        measured = tally.known - tally.estimated
        if day not in found or found[day].known - found[day].estimated < measured:
            found[day] = tally
    return found


def missing_share(
    tally: Tally | None, bounds: tuple[datetime, datetime], lives: list[tuple[datetime, datetime]]
) -> Decimal:
    """The share of a bucket's time, 0 to 1, for which no value is known. ``lives`` say from when to when each meter
    was in place, at the latest until now: time that has not come is not missing."""
    expected = 0
    for begin, end in lives:
        expected += max(0, int((min(end, bounds[1]) - max(begin, bounds[0])).total_seconds()) // 60)
    known = 0 if tally is None else tally.known
    return share(max(0, expected - known), expected)


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)

"""Consumption from register readings: the difference of two, spread where they are further apart than a bucket."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from itertools import pairwise
from typing import Final, TypeVar

from contracts.periods import next_period, parse_period, period_of
from contracts.sources import ESTIMATE, OPENING
from services.metering.domain.consumption.tally import INTERVALS, REGISTERS, Tally
from services.metering.domain.registers import MeterFace, used_between
from services.metering.domain.thousandths import THOUSANDTH

DAY_MINUTES: Final = 24 * 60
# Readings further apart than this say nothing about the months or days between them.
MAX_MONTHS: Final = 6
MAX_DAYS: Final = 7


Key = TypeVar("Key")


@dataclass(frozen=True)
class MonthReading:
    """The reading of a register that closes a month, or (source ``opening``) the one at its installation."""

    period: str
    value: Decimal
    source: str


def by_month(
    face: MeterFace,
    readings: Iterable[MonthReading],
    zone: str,
    measured: Mapping[str, Decimal] | None = None,
) -> dict[str, Tally]:
    """What a register counted in each month, under its zone.

    A month without a reading gets its part of the difference over it: the sum is true, the parts are estimates. Months
    that were ``measured`` by intervals from end to end are what was measured, and the others share what is left.
    """
    ordered = sorted(readings, key=lambda reading: (reading.period, reading.source != OPENING))
    found: dict[str, Tally] = {}
    previous: MonthReading | None = None
    for reading in ordered:
        if previous is not None and reading.source != OPENING:
            months = months_after(previous.period, reading.period)
            used = used_between(face, previous.value, reading.value)
            if used is not None and len(months) <= MAX_MONTHS:
                guessed = len(months) > 1 or ESTIMATE in (previous.source, reading.source)
                parts = spread_around(used, months, measured or {}) if guessed else {}
                for month in months:
                    part, by_intervals = parts.get(month, (used, False))
                    tally = _tally(zone, part, month_minutes(month), guessed and not by_intervals)
                    if by_intervals:
                        tally.bases = {INTERVALS}
                    found.setdefault(month, Tally()).add(tally)
        previous = reading
    return found


def by_day(
    face: MeterFace,
    readings: Sequence[tuple[date, Decimal]],
    zone: str,
    measured: Mapping[date, Decimal] | None = None,
) -> dict[date, Tally]:
    """What a register counted in each day, from readings at local midnights: (the day that begins, value), in order.
    Days between two readings get equal parts, as estimates, of what days that were ``measured`` leave."""
    found: dict[date, Tally] = {}
    for (day, opening), (after, closing) in pairwise(readings):
        count = (after - day).days
        used = used_between(face, opening, closing)
        if used is None or not 1 <= count <= MAX_DAYS:
            continue
        if count == 1:
            found[day] = _tally(zone, used, DAY_MINUTES, False)
            continue
        days = [day + timedelta(days=offset) for offset in range(count)]
        for one, (part, by_intervals) in spread_around(used, days, measured or {}).items():
            found[one] = _tally(zone, part, DAY_MINUTES, not by_intervals)
            if by_intervals:
                found[one].bases = {INTERVALS}
    return found


def together(registers: Sequence[dict[Key, Tally]]) -> dict[Key, Tally]:
    """The registers of a meter as one: only buckets for which every register is known, so that a total is a total."""
    if not registers:
        return {}
    found: dict[Key, Tally] = {}
    for key in registers[0]:
        parts = [register[key] for register in registers if key in register]
        if len(parts) < len(registers):
            continue
        tally = Tally()
        for part in parts:
            tally.add(part)
        # The registers count in the same time, not one after the other.
        tally.known = parts[0].known
        tally.estimated = max(part.estimated for part in parts)
        found[key] = tally
    return found


def months_after(period: str, last: str) -> list[str]:
    """The months that a reading of ``last`` closes after one of ``period``; at least its own."""
    months = []
    month = min(next_period(period), last)
    while month <= last:
        months.append(month)
        month = next_period(month)
    return months


def month_minutes(period: str) -> int:
    """How long a month is by its days."""
    return (parse_period(next_period(period)) - parse_period(period)).days * DAY_MINUTES


def spread(used: Decimal, count: int) -> list[Decimal]:
    """Equal parts to a thousandth whose sum is exact: the last one takes what is left over."""
    part = used if count == 1 else (used / count).quantize(THOUSANDTH, rounding=ROUND_DOWN)
    return [part] * (count - 1) + [used - part * (count - 1)]


def spread_around(
    used: Decimal, buckets: Sequence[Key], measured: Mapping[Key, Decimal]
) -> dict[Key, tuple[Decimal, bool]]:
    """A difference over several buckets: what was measured of them, and equal parts of the rest for the others; True
    where it was measured. Intervals that add up to more than the register counted are not to be believed."""
    known = {bucket: measured[bucket] for bucket in buckets if bucket in measured}
    rest = used - sum(known.values(), Decimal(0))
    open_buckets = [bucket for bucket in buckets if bucket not in known]
    if rest < 0 and open_buckets:
        known, rest, open_buckets = {}, used, list(buckets)
    parts = dict(zip(open_buckets, spread(rest, len(open_buckets)), strict=True)) if open_buckets else {}
    return {
        bucket: (known[bucket], True) if bucket in known else (parts[bucket], False) for bucket in buckets
    }


def months_between(first: date, last: date) -> list[str]:
    """The months of two days and all between them."""
    found = [period_of(first)]
    while found[-1] < period_of(last):
        found.append(next_period(found[-1]))
    return found


def _tally(zone: str, amount: Decimal, minutes: int, guessed: bool) -> Tally:
    return Tally({zone: amount}, minutes, minutes if guessed else 0, {REGISTERS})

"""Interval data: values of a meter channel on the grid of its local day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal

MILLI = Decimal(1000)
THOUSANDTH = Decimal("0.001")
# A channel's integers are signed 32-bit thousandths: 2 million units in one interval are no household's.
MOST = 2_147_483_647


class MisalignedError(ValueError):
    """The first interval does not begin on the grid of its step."""


class ValueUnfitError(ValueError):
    """A value is negative, finer than a thousandth, or larger than any interval can be."""


@dataclass
class DaySlice:
    """Part of a local day: values (thousandths, None for missing) from slot ``first`` on."""

    day: date
    starts_at: datetime
    slots: int
    first: int
    amounts: list[int | None] = field(default_factory=list)
    flags: dict[str, str] = field(default_factory=dict)


def to_milli(value: Decimal) -> int:
    """Exact thousandths. Raises ValueUnfitError."""
    # The range comes first: an integer of a million digits would be made before it is found too long.
    if not value.is_finite() or not 0 <= value <= MOST or value != value.quantize(THOUSANDTH):
        raise ValueUnfitError(str(value))
    amount = int(value * MILLI)
    if amount > MOST:
        raise ValueUnfitError(str(value))
    return amount


def day_bounds(day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """The instants (UTC) at which a local day begins and ends; 23 or 25 hours apart where the clock changes."""
    begin = datetime.combine(day, time(), zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    return begin, end


def by_local_day(
    start: datetime,
    step: int,
    values: Sequence[Decimal | None],
    zone: tzinfo,
    flags: Mapping[int, str] | None = None,
) -> list[DaySlice]:
    """Cut a run of intervals (``step`` in minutes) at local midnights; ``flags`` are by place in the run, and by slot
    of the day in the slices. Raises MisalignedError, ValueUnfitError."""
    width = timedelta(minutes=step)
    moment = start.astimezone(UTC)
    amounts = [None if value is None else to_milli(value) for value in values]
    slices: list[DaySlice] = []
    done = 0
    while done < len(amounts):
        day = moment.astimezone(zone).date()
        begin, end = day_bounds(day, zone)
        first, rest = divmod(moment - begin, width)
        if rest:
            raise MisalignedError(start.isoformat())
        slots = int((end - begin) / width)
        take = min(slots - first, len(amounts) - done)
        marks = {
            str(first + place - done): flag
            for place, flag in (flags or {}).items()
            if done <= place < done + take
        }
        slices.append(DaySlice(day, begin, slots, first, amounts[done : done + take], marks))
        done += take
        moment += take * width
    return slices


@dataclass
class Merge:
    """A stored day with new values laid over it."""

    amounts: list[int | None]
    accepted: int = 0
    duplicates: int = 0
    corrected: int = 0


def merge(stored: Sequence[int | None], part: DaySlice) -> Merge:
    """Lay a part over a stored day: nothing there, new; the same, a duplicate; another value, a correction."""
    merged = Merge(list(stored))
    for offset, amount in enumerate(part.amounts):
        if amount is None:
            continue
        slot = part.first + offset
        known = merged.amounts[slot]
        if known is None:
            merged.accepted += 1
        elif known == amount:
            merged.duplicates += 1
        else:
            merged.corrected += 1
        merged.amounts[slot] = amount
    return merged

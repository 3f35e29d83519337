"""Interval data: values of a meter channel on the grid of its local day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from services.metering.domain.thousandths import MILLI, Values

__all__ = ["MILLI", "DaySlice", "Merge", "MisalignedError", "by_local_day", "day_bounds", "merge"]


class MisalignedError(ValueError):
    """The first interval does not begin on the grid of its step."""


@dataclass(slots=True)
class DaySlice:
    """Part of a local day: values from slot ``first`` on; ``flags`` are by slot of the day."""

    day: date
    starts_at: datetime
    slots: int
    first: int
    values: Values
    flags: dict[str, str]

    def array_text(self) -> str:
        """The whole day as an array literal, null outside the part."""
        rest = self.slots - self.first - self.values.size
        if self.first == rest == 0:
            return "{" + self.values.text + "}"
        places = ["null"] * self.first + ([self.values.text] if self.values.size else []) + ["null"] * rest
        return "{" + ",".join(places) + "}"


@lru_cache(maxsize=4096)
def day_bounds(day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """The instants (UTC) at which a local day begins and ends; 23 or 25 hours apart where the clock changes."""
    begin = datetime.combine(day, time(), zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    return begin, end


@lru_cache(maxsize=4096)
def _place(moment: datetime, step: int, zone: tzinfo) -> tuple[date, datetime, int, int]:
    """The local day of a moment (UTC), when it begins, its slots, and the slot that begins at the moment."""
    width = timedelta(minutes=step)
    day = moment.astimezone(zone).date()
    begin, end = day_bounds(day, zone)
    first, rest = divmod(moment - begin, width)
    if rest:
        raise MisalignedError(moment.isoformat())
    return day, begin, int((end - begin) / width), first


def by_local_day(
    start: datetime,
    step: int,
    values: Values,
    zone: tzinfo,
    flags: Mapping[int, str] | None = None,
) -> list[DaySlice]:
    """Cut a run of intervals (``step`` in minutes) at local midnights; ``flags`` are by place in the run.

    Raises MisalignedError.
    """
    moment = start.astimezone(UTC)
    if values.size and not flags:
        # By far the most: within one day.
        day, begin, slots, first = _place(moment, step, zone)
        if first + values.size <= slots:
            return [DaySlice(day, begin, slots, first, values, {})]
    slices: list[DaySlice] = []
    done, size = 0, values.size
    while done < size:
        day, begin, slots, first = _place(moment, step, zone)
        take = min(slots - first, size - done)
        marks = {}
        if flags:
            marks = {
                str(first + place - done): flag
                for place, flag in flags.items()
                if done <= place < done + take
            }
        slices.append(DaySlice(day, begin, slots, first, values.part(done, take), marks))
        done += take
        if done < size:
            moment += take * timedelta(minutes=step)
    return slices


@dataclass(slots=True)
class Merge:
    """A stored day with new values laid over it."""

    amounts: list[int | None]
    accepted: int = 0
    duplicates: int = 0
    corrected: int = 0


def merge(stored: Sequence[int | None], part: DaySlice) -> Merge:
    """Lay a part over a stored day: nothing there, new; the same, a duplicate; another value, a correction."""
    merged = Merge(list(stored))
    amounts, first, end = part.values.amounts, part.first, part.first + part.values.size
    before = merged.amounts[first:end]
    if before == amounts:
        merged.duplicates = part.values.count
        return merged
    if before.count(None) == len(before):
        merged.accepted = part.values.count
        merged.amounts[first:end] = amounts
        return merged
    for slot, amount in enumerate(amounts, first):
        if amount is None:
            continue
        known = merged.amounts[slot]
        if known is None:
            merged.accepted += 1
        elif known == amount:
            merged.duplicates += 1
        else:
            merged.corrected += 1
        merged.amounts[slot] = amount
    return merged

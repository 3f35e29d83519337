"""Tariff zones by the hours of the local day: how interval data is told apart by zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

HOURS = 24
SINGLE = "single"

# The zone of each local hour, 0 to 23.
Schedule = tuple[str, ...]


class ScheduleFaultError(ValueError):
    """Hours overlap, are left out, or cannot be read."""


def read_schedule(hours: Mapping[str, Sequence[str]]) -> Schedule:
    """``{"day": ["07-23"], "night": ["23-07"]}``: every hour of the day once. Raises ScheduleFaultError."""
    found: list[str] = [""] * HOURS
    for zone, spans in hours.items():
        for span in spans:
            for hour in _hours_of(span):
                if found[hour]:
                    raise ScheduleFaultError(f"hour {hour:02d} is in {found[hour]!r} and in {zone!r}")
                found[hour] = zone
    left = [f"{hour:02d}" for hour, zone in enumerate(found) if not zone]
    if left:
        raise ScheduleFaultError(f"no zone for the hours {', '.join(left)}")
    return tuple(found)


def one_zone(zone: str) -> Schedule:
    """The schedule of a meter that does not tell hours apart."""
    return (zone,) * HOURS


def _hours_of(span: str) -> list[int]:
    first, _, after = span.partition("-")
    if not (first.isdecimal() and after.isdecimal()):
        raise ScheduleFaultError(f"{span!r} is not like '07-23'")
    begin, end = int(first), int(after)
    if not (begin < HOURS and end <= HOURS) or begin == end:
        raise ScheduleFaultError(f"{span!r} is not within a day")
    return list(range(begin, end)) if begin < end else [*range(begin, HOURS), *range(end)]

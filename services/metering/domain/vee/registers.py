"""Judging a register reading of an automated meter before anybody is billed by it (MT-9)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from services.metering.domain.intervals import MILLI
from services.metering.domain.jumps import FLOOR_DAYS, JumpRule
from services.metering.domain.registers import MeterFace, used_between
from services.metering.domain.vee.limits import Limits

#: The register went down and not over its end, against the reading before it or the one after it.
BELOW_LAST, ABOVE_NEXT = "register_below_last", "register_above_next"
#: More than can flow through the connection in the time.
CAPACITY: Final = "register_capacity"
#: Far above what the customer used before.
JUMP: Final = "register_jump"
#: Not what the intervals of the same time add up to.
SUM: Final = "register_sum"
RULES: Final = (BELOW_LAST, ABOVE_NEXT, CAPACITY, JUMP, SUM)

HOUR: Final = 3600


@dataclass(frozen=True)
class Neighbour:
    """Another reading of the register: its value, and the seconds between the two."""

    value: Decimal
    seconds: int


@dataclass(frozen=True)
class Judged:
    """A reading and what is known around it. ``mean_day`` is what was used a day before, by readings; ``intervals``
    what intervals that passed add up to since the reading before, in thousandths, where they cover all of that time."""

    value: Decimal
    before: Neighbour | None
    after: Neighbour | None
    mean_day: Decimal | None = None
    intervals: int | None = None
    slack: int = 0


@dataclass(frozen=True)
class Doubt:
    """The rule that a reading did not pass: what was found, and the most (or what) was expected; in the unit."""

    rule: str
    found: Decimal
    expected: Decimal


def judge(face: MeterFace, limits: Limits, jump: JumpRule, reading: Judged) -> Doubt | None:
    """The first rule that the reading does not pass; None for a reading that billing may use."""
    if reading.after is not None and used_between(face, reading.value, reading.after.value) is None:
        return Doubt(ABOVE_NEXT, reading.value, reading.after.value)
    if reading.before is None:
        return None
    used = used_between(face, reading.before.value, reading.value)
    if used is None:
        return Doubt(BELOW_LAST, reading.value, reading.before.value)
    units = used / face.ratio
    most = Decimal(limits.most_an_hour) * max(reading.before.seconds, HOUR) / HOUR / MILLI
    if units > most:
        return Doubt(CAPACITY, units, most)
    days = max(reading.before.seconds // 86_400, 1)
    if reading.mean_day is not None and _jumps(jump, used, days, reading.mean_day):
        return Doubt(JUMP, used, jump.factor * reading.mean_day * days)
    if reading.intervals is not None:
        counted = int(units * MILLI)
        if abs(counted - reading.intervals) > limits.tolerance(counted, reading.slack):
            return Doubt(SUM, units, Decimal(reading.intervals) / MILLI)
    return None


def _jumps(jump: JumpRule, used: Decimal, days: int, mean_day: Decimal) -> bool:
    """A day's floor is a part of the month's: a reading a day must not need a month's use to be looked at."""
    floor = jump.floor * max(days, 1) / FLOOR_DAYS
    return used > 2 * floor and used > jump.factor * mean_day * days

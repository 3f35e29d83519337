"""IEC 61968-9 reading types: eighteen numbers that say what a value is, and what that is with us.

Taken are active energy of electricity (commodity 1, kind 12, unit 72 Wh) without harmonics, price periods or phases:
the bulk registers of import and export, total or by tariff register, and the deltas of intervals.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_EIGHTEEN = re.compile(r"\d{1,6}(?:\.\d{1,6}){17}", re.ASCII)
BULK, DELTA = "1", "4"
DIRECTIONS = {"1": "1", "19": "2"}  # forward: OBIS 1.x; reverse: 2.x
STEPS = {"2": 15, "5": 30, "7": 60}  # measuring period: minutes
MULTIPLIERS = {"0": -3, "3": 0, "6": 3}  # Wh, kWh, MWh: powers of ten to kWh
REGISTERS = 4


class Meaning(NamedTuple):
    """Our code of a reading type; ``step`` in minutes for intervals, 0 for a register; ``scale``: the power of ten that
    makes a value kWh."""

    code: str
    step: int
    scale: int


@lru_cache(maxsize=512)
def meaning(reading_type: str) -> Meaning | None:
    """None for what we do not take."""
    if _EIGHTEEN.fullmatch(reading_type) is None:
        return None
    part = reading_type.split(".")
    macro, aggregate, period, accumulation, direction, commodity, kind = part[:7]
    rest, tariff, multiplier, unit = part[7:11] + part[12:15], part[11], part[15], part[16]
    side, scale = DIRECTIONS.get(direction), MULTIPLIERS.get(multiplier)
    if side is None or scale is None or (commodity, kind, unit) != ("1", "12", "72"):
        return None
    if aggregate != "0" or any(number != "0" for number in rest):
        return None
    if accumulation == BULK and period == "0" and int(tariff) <= REGISTERS:
        return Meaning(f"{side}.8.{int(tariff)}", 0, scale)
    if accumulation == DELTA and macro == "0" and tariff == "0" and period in STEPS:
        return Meaning(f"{side}.29.0", STEPS[period], scale)
    return None

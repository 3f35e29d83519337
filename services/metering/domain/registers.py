"""Reading rules for registers (MT-4): each failure has its own code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from contracts.errors import CabinetError
from services.metering.domain.jumps import FLOOR_DAYS, JumpRule


@dataclass(frozen=True)
class RegisterState:
    """What is known of a register around a new reading.

    ``previous`` is its last reading of an earlier period, ``following`` its first one of a later period, ``days`` the
    time since the previous one, ``expected`` what the customer's history makes of so many days, the ratio applied,
    ``control`` an inspector's reading of the same period.
    """

    code: str
    zone: str
    previous: Decimal | None
    expected: Decimal | None = None
    days: int = FLOOR_DAYS
    following: Decimal | None = None
    control: Decimal | None = None


@dataclass(frozen=True)
class MeterFace:
    """What the meter's face can show."""

    digits: int
    decimals: int
    ratio: Decimal = Decimal(1)

    @cached_property
    def capacity(self) -> Decimal:
        """The value at which a register begins at zero again."""
        return Decimal(10) ** self.digits

    @cached_property
    def least(self) -> Decimal:
        """The smallest step of its last wheel."""
        return Decimal(1).scaleb(-self.decimals)


@dataclass(frozen=True)
class Assessed:
    """A value that may be taken, what it makes, and whether that is unusual for the customer."""

    register: str
    zone: str
    value: Decimal
    previous: Decimal | None
    consumption: Decimal | None
    jump: bool


def assess(
    face: MeterFace, states: Mapping[str, RegisterState], values: Mapping[str, Decimal], rule: JumpRule
) -> list[Assessed]:
    """All values of a submission by the code of their register, or the code of the first rule that fails:
    ``registers_incomplete``, ``reading_too_long``, ``reading_too_precise``, ``reading_below_last``,
    ``reading_above_next``."""
    if set(values) != set(states):
        raise CabinetError("registers_incomplete", registers=sorted(states))
    found = []
    for code in sorted(values):
        value, state = values[code], states[code]
        check_shape(face, code, value)
        used = consumption(face, state, value, rule)
        # Without a history the norm says what to expect, and without an earlier reading all that the register shows
        # was used since the meter was installed: both are only asked about, never refused.
        since = value * face.ratio if used is None else used
        known = rule.norm(state.days) if state.expected is None else state.expected
        jump = rule.unusual(since, state.days, known)
        found.append(Assessed(code, state.zone, value, state.previous, used, jump))
    return found


def check_shape(face: MeterFace, register: str, value: Decimal) -> None:
    """Raise ``reading_too_long`` or ``reading_too_precise``."""
    if not value.is_finite() or value < 0 or value >= face.capacity:
        raise CabinetError("reading_too_long", register=register, digits=face.digits)
    if value != value.quantize(face.least):
        raise CabinetError("reading_too_precise", register=register, decimals=face.decimals)


def consumption(face: MeterFace, state: RegisterState, value: Decimal, jump: JumpRule) -> Decimal | None:
    """Units used since the previous reading, with the transformer ratio applied; None without a previous one.

    A value below the last one is a register that rolled over if what that makes is a usual amount; otherwise it is
    refused with ``reading_below_last``. One that a later period's reading cannot follow is ``reading_above_next``.
    """
    if state.following is not None and used_between(face, value, state.following) is None:
        raise CabinetError(
            "reading_above_next", register=state.code, zone=state.zone, next=str(state.following)
        )
    if state.control is not None and used_between(face, state.control, value) is None:
        raise CabinetError(
            "reading_below_last", register=state.code, zone=state.zone, last=str(state.control)
        )
    if state.previous is None:
        return None
    used = used_between(face, state.previous, value)
    if used is None or (value < state.previous and jump.unusual(used, state.days, state.expected)):
        raise CabinetError(
            "reading_below_last", register=state.code, zone=state.zone, last=str(state.previous)
        )
    return used


def used_between(face: MeterFace, opening: Decimal, closing: Decimal) -> Decimal | None:
    """Units between two readings, with the ratio applied; None where the register went back.

    A register rolls over near its end only; half the dial back is a misreading, not a year's use.
    """
    used = closing - opening
    if used < 0:
        used += face.capacity
        if used > face.capacity / 10:
            return None
    return used * face.ratio

"""Reading rules for registers (MT-4): each failure has its own code."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from contracts.errors import CabinetError


@dataclass(frozen=True)
class RegisterState:
    """What is known of a register before a new reading: ``previous`` is its last reading of an earlier period,
    ``average`` the own monthly consumption, with the ratio applied."""

    code: str
    zone: str
    previous: Decimal | None
    average: Decimal | None = None


@dataclass(frozen=True)
class MeterFace:
    """What the meter's face can show."""

    digits: int
    decimals: int
    ratio: Decimal = Decimal(1)

    @property
    def capacity(self) -> Decimal:
        """The value at which a register begins at zero again."""
        return Decimal(10) ** self.digits


@dataclass(frozen=True)
class JumpRule:
    """When consumption is unusual for this customer: above ``factor`` x the own average and above a floor."""

    factor: Decimal
    floor: Decimal

    def unusual(self, consumption: Decimal, average: Decimal | None) -> bool:
        """True where a confirmation is needed."""
        return consumption > self.floor and (average is None or consumption > self.factor * average)


def check_shape(face: MeterFace, register: str, value: Decimal) -> None:
    """Raise ``reading_too_long`` or ``reading_too_precise``."""
    if not value.is_finite() or value < 0 or value >= face.capacity:
        raise CabinetError("reading_too_long", register=register, digits=face.digits)
    if value != value.quantize(Decimal(1).scaleb(-face.decimals)):
        raise CabinetError("reading_too_precise", register=register, decimals=face.decimals)


def consumption(face: MeterFace, state: RegisterState, value: Decimal, jump: JumpRule) -> Decimal | None:
    """Units used since the previous reading, with the transformer ratio applied; None without a previous one.

    A value below the last one is a register that rolled over if what that makes is a usual amount; otherwise it is
    refused with ``reading_below_last``.
    """
    if state.previous is None:
        return None
    used = used_between(face, state.previous, value)
    if used is None or (value < state.previous and jump.unusual(used, state.average)):
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

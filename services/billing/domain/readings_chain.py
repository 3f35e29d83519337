"""From bill to bill a register is charged without gap or overlap, also where readings come late or are corrected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True)
class Reading:
    """A value of a register and its moment."""

    value: Decimal
    at: datetime


def consumption_since(
    billed: Reading, opening: Reading, consumption: Decimal, ratio: Decimal, digits: int
) -> Decimal | None:
    """Units from what is billed already to the closing reading; None where the register went back.

    ``consumption`` is metering's, from ``opening`` on. Another value at the billed moment is a correction, which may
    be a credit, and so is an opening before it: what was billed up to has been withdrawn, by an inspector's reading.
    A later opening came late, and the register may have rolled over before it.
    """
    step = opening.value - billed.value
    if step < 0 and opening.at > billed.at:
        capacity = Decimal(10) ** digits
        step += capacity
        if step > capacity / 10:
            return None
    return consumption + step * ratio

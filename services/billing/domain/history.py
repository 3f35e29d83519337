"""What an account used by its readings, for averages (BL-3; decree 354, p. 59: the mean of a month, by readings of at
least three months, of six where there are so many)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from contracts.periods import months_between

LEAST_MONTHS, MAX_MONTHS = 3, 6
MILLI: Final = Decimal("0.001")
MONTH_DAYS: Final = Decimal("30.4375")


@dataclass(frozen=True)
class Used:
    """Units between two readings in a row, the second of which closed ``period``. After months without a reading it
    covers several ``months``, and so counts for so many in a mean."""

    period: str
    months: int
    units: Decimal


def months_of(opening_at: datetime | None, closing_at: datetime | None) -> int:
    """How many months lie between two readings, at least one."""
    if opening_at is None or closing_at is None:
        return 1
    return max(1, round(Decimal((closing_at - opening_at).days) / MONTH_DAYS))


def mean_month(history: Sequence[Used], period: str, missing: int) -> tuple[Decimal, int] | None:
    """The mean use of a month before ``period``, and of how many months; None where there is too little to say.

    ``history`` is newest first; ``missing`` counts the periods in a row before this one that had no reading either.
    What is older than six months before those says nothing of now.
    """
    units, months = Decimal(0), 0
    for used in history:
        if months >= MAX_MONTHS or months_between(used.period, period) > MAX_MONTHS + missing:
            break
        units += used.units
        months += used.months
    if months < LEAST_MONTHS:
        return None
    return (units / months).quantize(MILLI), months

"""The journal of points: which entries count, what a missed deadline burns (LY-2, LY-3).

The statements of the store do the same on whole tables; a test compares them with these plain computations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from contracts.periods import period_of, previous_period

ONCE = ""  # the period of what is given once an account


@dataclass(frozen=True)
class Award:
    """An entry. A burn stands against each period whose points it took, so that it leaves the window together
    with them; ``cause`` is then the period of the bill whose deadline was missed."""

    criterion: str
    period: str
    points: int
    lasting: bool = False
    cause: str = ""


def last_ended(today: date) -> str:
    """The period that is reviewed during the month of ``today``: the one before it."""
    return previous_period(period_of(today))


def first_counted(reviewed: str, periods: int) -> str:
    """The first period of a window of so many periods that ends with the reviewed one."""
    first = reviewed
    for _ in range(periods - 1):
        first = previous_period(first)
    return first


def total(awards: Iterable[Award], first_period: str) -> int:
    """The points that count: lasting ones, and those of the window. What the month after the reviewed period
    gave already counts at once; only the review moves the window's beginning."""
    return sum(award.points for award in awards if award.lasting or award.period >= first_period)


def burnable(awards: Iterable[Award], first_period: str) -> dict[str, int]:
    """What a missed deadline burns, by period: whatever counts and does not last."""
    left: dict[str, int] = defaultdict(int)
    for award in awards:
        if not award.lasting and award.period >= first_period:
            left[award.period] += award.points
    return {period: points for period, points in left.items() if points > 0}

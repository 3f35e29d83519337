"""A provider's programme as data: what each criterion gives, and the levels (LY-2, LY-3)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

REGISTRATION: Final = "registration_and_email"
READINGS: Final = "readings_in_time"
PAYMENT: Final = "payment_in_time"
CABINET: Final = "payment_in_cabinet"
EARLY: Final = "early_payment"
PAPERLESS: Final = "paperless"
CRITERIA: Final = (REGISTRATION, READINGS, PAYMENT, CABINET, EARLY, PAPERLESS)
# Entries of the journal that are no criterion: points lost to a missed deadline, and given back.
BURN: Final = "burn"
BURN_UNDONE: Final = "burn_undone"

LEVELS: Final = ("beginner", "promising", "responsible", "ideal")


@dataclass(frozen=True)
class Programme:
    """``levels`` are (name, points from which it holds), lowest first; ``lasting`` criteria never burn."""

    points: Mapping[str, int]
    lasting: frozenset[str]
    levels: tuple[tuple[str, int], ...]
    window_periods: int

    def rank(self, points: int) -> int:
        """The place of the level among the levels, 0 for the lowest."""
        return max(bisect_right([threshold for _, threshold in self.levels], points) - 1, 0)

    def level(self, points: int) -> str:
        """The level that so many points give (LY-3)."""
        return self.levels[self.rank(points)][0]

    def next_level(self, points: int) -> tuple[str, int] | None:
        """The level above and how many points are missing; None for who stands highest."""
        above = self.rank(points) + 1
        if above == len(self.levels):
            return None
        name, threshold = self.levels[above]
        return name, threshold - points


def faults(programme: Programme) -> list[str]:
    """What is wrong with a programme, in words; empty for a good one."""
    found = []
    if programme.window_periods < 1:
        found.append("window_periods must be at least 1")
    unknown = sorted((set(programme.points) | programme.lasting) - set(CRITERIA))
    if unknown:
        found.append(f"unknown criteria: {', '.join(unknown)}")
    if any(points < 0 for points in programme.points.values()):
        found.append("points must not be negative")
    if REGISTRATION not in programme.lasting:
        # It is given once and belongs to no period, so no window could ever count it.
        found.append(f"lasting: {REGISTRATION} must be true")
    if tuple(name for name, _ in programme.levels) != LEVELS:
        found.append(f"levels must be {', '.join(LEVELS)}, in this order")
    thresholds = [threshold for _, threshold in programme.levels]
    if thresholds[:1] != [0] or any(low >= high for low, high in pairwise(thresholds)):
        found.append("levels must begin at 0 and rise")
    return found

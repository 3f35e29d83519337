"""Bringing estimates to what the registers counted, in whole thousandths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor


@dataclass(frozen=True)
class Bracket:
    """What the registers counted between two readings: ``counted`` thousandths over the intervals from ``first`` to
    before ``stop``. ``slack``: how far off that may be because of the registers' last digit."""

    first: int
    stop: int
    counted: int
    slack: int = 0


def scaled(estimates: Mapping[int, float], remainder: int, slack: int = 0) -> dict[int, float]:
    """Estimates whose sum is ``remainder``, or as near to their own sum as ``slack`` lets it be; none below zero.

    All are multiplied alike; where all are zero, the remainder is spread evenly.
    """
    if not estimates:
        return {}
    total = sum(estimates.values())
    target = max(min(max(total, remainder - slack), remainder + slack), 0.0)
    if total > 0:
        return {place: amount * target / total for place, amount in estimates.items()}
    return dict.fromkeys(estimates, target / len(estimates))


def rounded(estimates: Mapping[int, float]) -> dict[int, int]:
    """Whole thousandths with the sum of the estimates, rounded: the largest fractions go up. None below zero."""
    whole = {place: max(floor(amount), 0) for place, amount in estimates.items()}
    short = round(sum(max(amount, 0.0) for amount in estimates.values())) - sum(whole.values())
    by_fraction = sorted(estimates, key=lambda place: (whole[place] - max(estimates[place], 0.0), place))
    for place in by_fraction[: max(short, 0)]:
        whole[place] += 1
    return whole

"""Estimates for intervals without a usable value: like days, drawn towards what lies beside the gap.

Each missing interval gets what the same time of day was on like days (``profile``), shifted by how much the values on
both sides of the gap differ from theirs. That shift fades with the distance: in a gap of one interval the neighbours
decide, in the middle of one of days the like days do. So there is one formula for short and long gaps, and no seam. How
much neighbours tell differs from home to home, so it is read from the home's own last weeks (``_smoothness``).

All is reckoned with square roots: households' intervals are mostly small with some high ones, and roots keep a single
evening with the oven on from standing for every evening. A mean of roots is too low for a sum, so ``restore`` puts back
part of the spread. The figures of ``Tuning`` were found on five households and tried on a sixth (docs/adr/0019).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from services.metering.domain.vee.series import Series

FIRST_OF_WEEKEND: Final = 5
HOUR: Final = 60.0


@dataclass(frozen=True)
class Tuning:
    """``days``: how far back like days are looked for; ``half_life`` (days): after so many a day counts half.
    ``same_weekday`` and ``other_kind`` weigh the same weekday, and a weekend for a working day, against a day of the
    same kind; ``beside`` the intervals before and after the same time. ``neighbour``: how much of the deviation beside
    the gap is believed at its edge, ``fading`` what is left of it after an hour, both for the roughest and the
    smoothest home; ``level`` how much of the last day's. ``restore``: the share of the spread that is put back;
    ``enough``: like values that make a profile."""

    days: int = 28
    half_life: float = 10.0
    same_weekday: float = 1.5
    other_kind: float = 0.3
    beside: float = 0.5
    neighbour: tuple[float, float] = (0.75, 0.95)
    fading: tuple[float, float] = (0.4, 0.6)
    level: float = 0.4
    restore: float = 0.5
    enough: int = 3


TUNING: Final = Tuning()
# Between these a home goes from rough to smooth.
ROUGH, SMOOTH = 0.1, 0.6
HALF_HOUR: Final = 30
A_DAY: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Profile:
    """What is usual at an interval, as roots: mean and variance."""

    mean: float
    variance: float


def estimate(series: Series, gap: Collection[int], tuning: Tuning = TUNING) -> dict[int, float]:
    """Thousandths for the intervals of ``gap`` (positions; their values are not looked at). One that nothing can be
    said about is left out: no like day and no value on both sides."""
    estimator = _Estimator(series, frozenset(gap), tuning)
    found: dict[int, float] = {}
    for run in runs(sorted(gap)):
        found.update(estimator.fill(run))
    return found


def runs(positions: Iterable[int]) -> list[range]:
    """Positions in order, as runs without a hole."""
    found: list[range] = []
    for position in positions:
        if found and found[-1].stop == position:
            found[-1] = range(found[-1].start, position + 1)
        else:
            found.append(range(position, position + 1))
    return found


class _Estimator:
    def __init__(self, series: Series, gap: frozenset[int], tuning: Tuning) -> None:
        self._series, self._tuning = series, tuning
        # Nothing in the gap is ever looked at.
        self._roots: list[float | None] = [
            None if value is None or place in gap else sqrt(max(value, 0))
            for place, value in enumerate(series.values)
        ]
        smooth = self._smoothness(min(gap, default=0))
        self._neighbour = _between(tuning.neighbour, smooth)
        self._fading = _between(tuning.fading, smooth)
        self._recency = [0.5 ** (age / tuning.half_life) for age in range(tuning.days + 1)]
        self._profiles: dict[int, Profile | None] = {}

    def fill(self, run: range) -> dict[int, float]:
        """Estimates of a run of missing intervals."""
        left, right = self._known(run.start, -1), self._known(run.stop - 1, 1)
        profiles = {place: self._profile(place) for place in run}
        if any(profile is None for profile in profiles.values()):
            return self._straight(run, left, right)
        level = self._level(run) * self._tuning.level
        before, after = self._deviation(left, level), self._deviation(right, level)
        believed = self._neighbour
        found: dict[int, float] = {}
        for place, profile in profiles.items():
            assert profile is not None
            from_left, from_right, told = self._pull(place, left, right)
            shift = level + believed * (from_left * before + from_right * after)
            # What the neighbours tell is no longer uncertain.
            unsure = 1.0 - believed * told
            root = max(profile.mean + shift, 0.0)
            found[place] = root * root + self._tuning.restore * unsure * profile.variance
        return found

    def _smoothness(self, first: int) -> float:
        """From 0 to 1: how alike are values half an hour apart, compared with values of the same time a day apart?"""
        step = self._series.step
        roots = self._roots[max(first - self._tuning.days * A_DAY // step, 0) : first]
        near = _mean_square(roots, max(HALF_HOUR // step, 1))
        far = _mean_square(roots, A_DAY // step)
        if near is None or not far:
            return 0.5
        return min(max((1 - near / far - ROUGH) / (SMOOTH - ROUGH), 0.0), 1.0)

    def _known(self, place: int, direction: int) -> int | None:
        """The nearest position with a value before or after."""
        place += direction
        while 0 <= place < len(self._roots):
            if self._roots[place] is not None:
                return place
            place += direction
        return None

    def _pull(self, place: int, left: int | None, right: int | None) -> tuple[float, float, float]:
        """How much the deviation on either side counts at the place: a bridge between both, fading with distance; and
        the share of the place's own deviation that both tell."""
        keep = self._fading ** (self._series.step / HOUR)
        before = keep ** (place - left) if left is not None else 0.0
        after = keep ** (right - place) if right is not None else 0.0
        rest = 1.0 - (before * after) ** 2
        from_left, from_right = before * (1.0 - after**2) / rest, after * (1.0 - before**2) / rest
        return from_left, from_right, from_left * before + from_right * after

    def _deviation(self, place: int | None, level: float) -> float:
        if place is None:
            return 0.0
        root, profile = self._roots[place], self._profile(place)
        return 0.0 if root is None or profile is None else root - profile.mean - level

    def _level(self, run: range) -> float:
        """By how much the day before the gap was above its own like days, on average."""
        a_day = A_DAY // self._series.step
        found = []
        for place in range(max(run.start - a_day, 0), run.start):
            root = self._roots[place]
            profile = None if root is None else self._profile(place)
            if root is not None and profile is not None:
                found.append(root - profile.mean)
        return sum(found) / len(found) if found else 0.0

    def _profile(self, place: int) -> Profile | None:
        if place not in self._profiles:
            self._profiles[place] = self._reckon(place)
        return self._profiles[place]

    def _reckon(self, place: int) -> Profile | None:
        series, tuning, roots = self._series, self._tuning, self._roots
        own, time = series.of_day[place], series.clock[place]
        weekday = series.weekdays[own]
        weekend = weekday >= FIRST_OF_WEEKEND
        total = weighted = squares = 0.0
        count = 0
        for day in range(max(own - tuning.days, 0), min(own + tuning.days + 1, len(series.days))):
            if day == own:
                continue
            like = series.at(day, time)
            if like is None:
                continue
            other = series.weekdays[day]
            weight = self._recency[abs(day - own)]
            if other == weekday:
                weight *= tuning.same_weekday
            elif (other >= FIRST_OF_WEEKEND) != weekend:
                weight *= tuning.other_kind
            root = roots[like]
            if root is not None:
                count += 1
                total += weight
                weighted += weight * root
                squares += weight * root * root
            for beside in (like - 1, like + 1):
                if 0 <= beside < len(roots) and (root := roots[beside]) is not None:
                    share = weight * tuning.beside
                    total += share
                    weighted += share * root
                    squares += share * root * root
        if count < tuning.enough:
            return None
        mean = weighted / total
        return Profile(mean, max(squares / total - mean * mean, 0.0))

    def _straight(self, run: range, left: int | None, right: int | None) -> dict[int, float]:
        """Without like days: the straight line between both sides, which says nothing about a gap of half a day."""
        if left is None or right is None or len(run) * self._series.step > 12 * HOUR:
            return {}
        values = self._series.values
        first, last = float(values[left] or 0), float(values[right] or 0)
        return {place: first + (last - first) * (place - left) / (right - left) for place in run}


def _mean_square(roots: Sequence[float | None], lag: int) -> float | None:
    """The mean square of the difference of values so far apart; None where there are none."""
    count, total = 0, 0.0
    for earlier, later in zip(roots, roots[lag:], strict=False):
        if earlier is not None and later is not None:
            count += 1
            total += (later - earlier) ** 2
    return total / count if count else None


def _between(edges: tuple[float, float], share: float) -> float:
    return edges[0] + (edges[1] - edges[0]) * share

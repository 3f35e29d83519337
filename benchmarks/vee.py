"""Estimates of missing intervals (MT-9). Run: ``python -m benchmarks.vee [--gaps N]``.

Known values of a real home are knocked out and estimated, by the product and by two plain ways: the straight line
between both sides of the gap, and the mean of the same time on the last four like days (working days or weekends).
None of this home's data was used to find the product's figures. The last line is one JSON object; ratios are of mean
absolute errors, overall and by length of gap.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from benchmarks import support
from deploy.local.names import ROOT
from services.metering.domain.vee.estimation import estimate
from services.metering.domain.vee.scaling import Bracket, scaled
from services.metering.domain.vee.series import Day, Series

HOME: Final = ROOT / "demo" / "data" / "sgsc-10006414.csv.gz"
SEED: Final = 20261123
STEP: Final = 30
SLOTS: Final = 48
#: Lengths in half hours: one to four, up to a day, one to three days.
CLASSES: Final = {"short": (1, 2, 3, 4), "medium": (6, 12, 24, 40), "long": (48, 96, 144)}
#: Long gaps have many intervals, short ones few: of these there are more.
SHARES: Final = {"short": 1.0, "medium": 0.25, "long": 0.1}
BEFORE: Final = 29
LIKE_DAYS: Final = 4
REACH: Final = {
    "interpolation": ["<=", 1.0],
    "like_day": ["<=", 1.0],
    **{f"interpolation_{name}": ["<=", 1.0] for name in CLASSES},
    **{f"like_day_{name}": ["<=", 1.0] for name in CLASSES},
}

Estimator = Callable[["Home", int, int], list[float]]


@dataclass(frozen=True)
class Home:
    """Half-hourly thousandths from a midnight on; None is missing."""

    first_day: date
    values: Sequence[int | None]


def read_home(path: Path) -> Home:
    """A file of the trial: local start of the interval, kWh."""
    found: dict[datetime, int] = {}
    with gzip.open(path, "rt", encoding="ascii") as file:
        for row in csv.DictReader(file):
            found.setdefault(
                datetime.fromisoformat(row["interval_start_local"]), round(float(row["kwh"]) * 1000)
            )
    first, last = min(found).date(), max(found).date()
    begin = datetime.combine(first, datetime.min.time())
    count = ((last - first).days + 1) * SLOTS
    return Home(first, [found.get(begin + timedelta(minutes=STEP * place)) for place in range(count)])


def choose_gaps(home: Home, lengths: Sequence[int], count: int, seed: int) -> list[tuple[int, int]]:
    """Places (first, length) with known values in them and on both sides, and weeks of data before."""
    rng = random.Random(f"{seed}/{lengths}")
    found: list[tuple[int, int]] = []
    while len(found) < count:
        length = lengths[len(found) % len(lengths)]
        first = rng.randrange(BEFORE * SLOTS, len(home.values) - length - 1)
        if None not in home.values[first - 1 : first + length + 1]:
            found.append((first, length))
    return found


def ours(home: Home, first: int, length: int) -> list[float]:
    """The product's."""
    begin = max(first // SLOTS - BEFORE, 0)
    end = (first + length) // SLOTS
    days = []
    for number in range(begin, end + 1):
        day = home.first_day + timedelta(days=number)
        amounts = [
            # Of what follows only the next value is known: nobody waits for more before estimating.
            None if first <= place < first + length or place > first + length else home.values[place]
            for place in range(number * SLOTS, (number + 1) * SLOTS)
        ]
        days.append(Day(day, datetime.combine(day, datetime.min.time(), UTC), STEP, amounts))
    offset = begin * SLOTS
    gap = range(first - offset, first - offset + length)
    found = estimate(Series(days, UTC), gap)
    return [found[place] for place in gap]


def interpolation(home: Home, first: int, length: int) -> list[float]:
    """The straight line."""
    left, right = home.values[first - 1] or 0, home.values[first + length] or 0
    return [left + (right - left) * (place + 1) / (length + 1) for place in range(length)]


def like_day(home: Home, first: int, length: int) -> list[float]:
    """The mean of the same time on the last like days."""
    found = []
    for place in range(first, first + length):
        same = _like(home, place, first // SLOTS)
        found.append(statistics.fmean(same) if same else 0.0)
    return found


def _like(home: Home, place: int, before: int) -> list[int]:
    day, time_of_day = divmod(place, SLOTS)
    weekend = _weekend(home, day)
    found: list[int] = []
    for number in range(before - 1, max(before - 60, 0) - 1, -1):
        value = home.values[number * SLOTS + time_of_day]
        if value is not None and _weekend(home, number) == weekend:
            found.append(value)
            if len(found) == LIKE_DAYS:
                break
    return found


def _weekend(home: Home, number: int) -> bool:
    return (home.first_day + timedelta(days=number)).weekday() >= 5


ESTIMATORS: Final[dict[str, Estimator]] = {"ours": ours, "interpolation": interpolation, "like_day": like_day}


@dataclass
class Errors:
    """Sums over intervals."""

    absolute: float = 0.0
    absolute_scaled: float = 0.0
    intervals: int = 0
    estimated: float = 0.0
    true: float = 0.0


def measure(home: Home, gaps: int, seed: int = SEED) -> dict[str, dict[str, Errors]]:
    """By class of gap and estimator. ``absolute_scaled``: after bringing the sum to what a register counted."""
    found: dict[str, dict[str, Errors]] = {}
    for name, lengths in CLASSES.items():
        errors = found[name] = {estimator: Errors() for estimator in ESTIMATORS}
        for first, length in choose_gaps(home, lengths, round(gaps * SHARES[name]), seed):
            true = [home.values[place] or 0 for place in range(first, first + length)]
            bracket = Bracket(0, length, sum(true))
            for estimator, estimated in ESTIMATORS.items():
                values = estimated(home, first, length)
                to_register = scaled(dict(enumerate(values)), bracket.counted)
                sums = errors[estimator]
                sums.absolute += sum(abs(value - real) for value, real in zip(values, true, strict=True))
                sums.absolute_scaled += sum(abs(to_register[place] - real) for place, real in enumerate(true))
                sums.intervals += length
                sums.estimated += sum(values)
                sums.true += sum(true)
    return found


def ratios_of(found: dict[str, dict[str, Errors]], kind: str = "absolute") -> dict[str, float]:
    """Our mean absolute error to the others'. Overall every class has the same weight."""
    found_ratios: dict[str, float] = {}
    for other in ("interpolation", "like_day"):
        by_class = {
            name: getattr(errors["ours"], kind) / getattr(errors[other], kind)
            for name, errors in found.items()
        }
        found_ratios[other] = statistics.geometric_mean(by_class.values())
        found_ratios |= {f"{other}_{name}": ratio for name, ratio in by_class.items()}
    return found_ratios


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--gaps", type=int, default=4_000, help="short ones")
    parser.add_argument("--home", type=Path, default=HOME, help="another file of the trial")
    options = parser.parse_args()
    home = read_home(options.home)
    begun = time.perf_counter()
    found = measure(home, options.gaps)
    figures = {
        "gaps": {name: round(options.gaps * share) for name, share in SHARES.items()},
        "seconds": round(time.perf_counter() - begun, 2),
        "mae_wh": {
            name: {estimator: round(sums.absolute / sums.intervals, 1) for estimator, sums in errors.items()}
            for name, errors in found.items()
        },
        # Of the energy in the gaps, without registers: below one is too little.
        "estimated_share": {
            name: {estimator: round(sums.estimated / sums.true, 3) for estimator, sums in errors.items()}
            for name, errors in found.items()
        },
        "ratios_scaled_to_register": {
            name: round(ratio, 3) for name, ratio in ratios_of(found, "absolute_scaled").items()
        },
    }
    support.finish("vee", ratios_of(found), REACH, figures)


if __name__ == "__main__":
    main()

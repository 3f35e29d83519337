"""Estimates of missing intervals (MT-9)."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import vee as benchmark
from services.metering.domain.intervals import day_bounds
from services.metering.domain.vee.estimation import Tuning, estimate, runs
from services.metering.domain.vee.scaling import rounded, scaled
from services.metering.domain.vee.series import Day, Series, empty_day, slots_of
from tests.metering import homes

KYIV = ZoneInfo("Europe/Kyiv")
MONDAY = date(2026, 10, 5)


def shape(slot: int, weekday: int) -> int:
    """A made-up home: quiet nights, busy evenings, later mornings at weekends."""
    morning = range(18, 22) if weekday >= 5 else range(13, 17)
    return 400 if slot in morning else 900 if slot in range(36, 44) else 120


def made_up(first: date, count: int, zone: ZoneInfo) -> Series:
    days = []
    for offset in range(count):
        day = first + timedelta(days=offset)
        begin = day_bounds(day, zone)[0]
        amounts = []
        for slot in range(slots_of(day, 30, zone)):
            local = (begin + timedelta(minutes=30 * slot)).astimezone(zone)
            amounts.append(shape(local.hour * 2 + local.minute // 30, day.weekday()))
        days.append(Day(day, begin, 30, amounts))
    return Series(days, zone)


def test_mt_9_a_home_of_habit_is_estimated_exactly() -> None:
    series = made_up(date(2026, 8, 31), 29, KYIV)
    gap = range(series.first[28], series.first[28] + 48)
    found = estimate(series, gap)
    true = [series.values[place] or 0 for place in gap]
    # Weekends weigh a little in a Monday, and so do the half hours beside.
    assert sum(abs(found[place] - real) for place, real in zip(gap, true, strict=True)) < 0.25 * sum(true)
    evening = [found[gap[slot]] for slot in range(37, 43)]
    night = [found[gap[slot]] for slot in range(2, 10)]
    assert min(evening) > 800 and max(night) < 140


def test_mt_9_a_weekend_is_estimated_from_weekends() -> None:
    series = made_up(date(2026, 8, 31), 28, KYIV)
    saturday = series.first[26]
    found = estimate(series, range(saturday, saturday + 48))
    assert found[saturday + 20] > 1.2 * found[saturday + 14]


@pytest.mark.parametrize(("day", "slots"), [(date(2026, 10, 25), 50), (date(2026, 3, 29), 46)])
def test_mt_9_days_on_which_the_clock_changes_are_matched_by_the_clock(day: date, slots: int) -> None:
    series = made_up(day - timedelta(days=28), 29, KYIV)
    begin = series.first[28]
    found = estimate(series, range(begin, begin + slots))
    assert len(found) == slots
    for place in range(begin, begin + slots):
        local = series.moment(place).astimezone(KYIV)
        if local.hour in (19, 20):
            assert found[place] > 800, local
        if local.hour in (1, 2, 3, 4):
            assert found[place] < 140, local


def test_mt_9_a_gap_of_one_lies_between_its_neighbours() -> None:
    series = made_up(date(2026, 8, 31), 29, KYIV)
    place = series.first[28] + 5
    series.values[place - 1] = series.values[place + 1] = 300
    found = estimate(series, [place])
    assert 200 < found[place] < 300
    alone = estimate(made_up(date(2026, 8, 31), 29, KYIV), [place])
    assert found[place] > alone[place] + 80


def test_mt_9_what_stands_in_the_gap_is_not_looked_at() -> None:
    series = made_up(date(2026, 8, 31), 29, KYIV)
    gap = range(series.first[28] + 10, series.first[28] + 14)
    expected = estimate(series, gap)
    for place in gap:
        series.values[place] = 20_000
    assert estimate(series, gap) == expected


def test_mt_9_without_like_days_a_short_gap_is_a_straight_line_and_a_long_one_nothing() -> None:
    day = Day(MONDAY, datetime(2026, 10, 5, tzinfo=UTC), 30, [100, None, None, 400, *[400] * 44])
    found = estimate(Series([day], UTC), [1, 2])
    assert found == {1: 200.0, 2: 300.0}
    assert estimate(Series([empty_day(MONDAY, 30, UTC)], UTC), range(48)) == {}
    open_end = Day(MONDAY, datetime(2026, 10, 5, tzinfo=UTC), 30, [100] * 40 + [None] * 8)
    assert estimate(Series([open_end], UTC), range(40, 48)) == {}


def test_mt_9_real_gaps_of_real_homes_are_all_estimated() -> None:
    counts = []
    for path in homes.EXTRACTS:
        series = Series(homes.days_of(path), UTC)
        gaps = runs(place for place, value in enumerate(series.values) if value is None)
        inner = [gap for gap in gaps if gap.start >= 28 * 48]
        counts.append(len(inner))
        found = estimate(series, [place for gap in inner for place in gap])
        assert set(found) == {place for gap in inner for place in gap}
        known = [value for value in series.values if value is not None]
        assert all(0 <= amount <= max(known) for amount in found.values())
    assert counts[0] > 30 and counts[1] >= 7


def test_mt_9_better_than_the_straight_line_and_than_like_days() -> None:
    home = benchmark.read_home(homes.WHOLE)
    ratios = benchmark.ratios_of(benchmark.measure(home, 1_200))
    assert {name: ratio for name, ratio in ratios.items() if ratio > 1.0} == {}
    assert ratios["interpolation"] < 0.85 and ratios["like_day"] < 0.85


def test_mt_9_the_sum_of_estimates_is_not_far_from_what_was_used() -> None:
    home = benchmark.read_home(homes.WHOLE)
    for errors in benchmark.measure(home, 600, seed=7).values():
        ours = errors["ours"]
        assert 0.88 < ours.estimated / ours.true < 1.05


# --- properties -----------------------------------------------------------------------------------------------------


@st.composite
def rows_with_gaps(draw: st.DrawFn) -> tuple[Series, list[int]]:
    zone = draw(st.sampled_from([KYIV, UTC]))
    step = draw(st.sampled_from([15, 30, 60]))
    first = draw(st.sampled_from([date(2026, 3, 20), date(2026, 10, 16), date(2026, 6, 1)]))
    count = draw(st.integers(1, 12))
    rng = random.Random(draw(st.integers(0, 2**32)))
    days = []
    for offset in range(count):
        day = first + timedelta(days=offset)
        slots = slots_of(day, step, zone)
        amounts = [rng.choice([None, 0, rng.randrange(2_000), rng.randrange(30_000)]) for _ in range(slots)]
        days.append(Day(day, day_bounds(day, zone)[0], step, amounts))
    series = Series(days, zone)
    some = draw(st.sets(st.integers(0, len(series) - 1), max_size=40))
    gap = sorted(some | {place for place, value in enumerate(series.values) if value is None})
    return series, gap


@settings(max_examples=60, deadline=None)
@given(rows_with_gaps())
def test_mt_9_estimates_are_never_negative_and_never_outside_the_gap(made: tuple[Series, list[int]]) -> None:
    series, gap = made
    found = estimate(series, gap, Tuning(enough=2))
    assert set(found) <= set(gap)
    assert all(amount >= 0 for amount in found.values())
    assert all(amount < 10 * 30_000 for amount in found.values())


@given(
    st.dictionaries(st.integers(0, 200), st.floats(0, 30_000, allow_nan=False), min_size=1, max_size=150),
    st.integers(0, 10**7),
)
def test_mt_9_scaled_estimates_sum_up_to_the_register_exactly(
    estimates: dict[int, float], remainder: int
) -> None:
    found = rounded(scaled(estimates, remainder))
    assert found.keys() == estimates.keys()
    assert sum(found.values()) == remainder
    assert min(found.values()) >= 0


@given(
    st.dictionaries(st.integers(0, 200), st.floats(0, 30_000, allow_nan=False), min_size=1, max_size=150),
    st.integers(0, 10**6),
    st.integers(0, 5_000),
)
def test_mt_9_a_register_of_whole_units_only_bounds_the_sum(
    estimates: dict[int, float], remainder: int, slack: int
) -> None:
    before = sum(estimates.values())
    after = sum(scaled(estimates, remainder, slack).values())
    assert remainder - slack - 1e-6 <= after <= remainder + slack + 1e-6 or after == 0
    if remainder - slack <= before <= remainder + slack:
        assert after == pytest.approx(before)


@given(st.dictionaries(st.integers(0, 99), st.floats(0, 10_000, allow_nan=False), max_size=60))
def test_mt_9_rounding_keeps_the_sum_and_moves_nothing_by_more_than_one(estimates: dict[int, float]) -> None:
    found = rounded(estimates)
    assert sum(found.values()) == round(sum(estimates.values()))
    assert all(abs(found[place] - amount) <= 1 for place, amount in estimates.items())

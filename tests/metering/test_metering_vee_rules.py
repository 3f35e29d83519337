"""Validation, a rule at a time (MT-9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.names import ROOT
from services.metering.configuration import metering_tools
from services.metering.domain.intervals import day_bounds
from services.metering.domain.vee import findings, rules
from services.metering.domain.vee.findings import Finding
from services.metering.domain.vee.limits import ELECTRICITY, LIMITS, WATER
from services.metering.domain.vee.rules import Rule, Subject, Usual, spans, validate
from services.metering.domain.vee.screening import Channel, Figures, after, clean
from services.metering.domain.vee.series import Day, empty_day, slots_of

KYIV = ZoneInfo("Europe/Kyiv")
MONDAY = date(2026, 11, 2)
NOTHING_BEFORE = Usual(None, 0, None, ())
USUAL = Usual(30, 28, 500, (9_600,) * 8)


def a_day(amounts: list[int | None], flags: dict[int, str] | None = None, step: int = 30) -> Day:
    return Day(MONDAY, datetime(2026, 11, 2, tzinfo=UTC), step, amounts, flags or {})


def found_by(rule: Rule, day: Day, usual: Usual = USUAL, **limits: Any) -> list[Finding]:
    return list(rule(Subject(day, UTC, replace(ELECTRICITY, **limits), usual)))


def plain(**changes: int | None) -> list[int | None]:
    """A day that nothing is wrong with; ``s7=None`` changes slot 7."""
    amounts: list[int | None] = [150 + 7 * slot % 89 for slot in range(48)]
    for name, amount in changes.items():
        amounts[int(name[1:])] = amount
    return amounts


def test_mt_9_a_plain_day_passes_every_rule() -> None:
    assert validate(Subject(a_day(plain()), UTC, ELECTRICITY, USUAL)) == []
    assert validate(Subject(a_day(plain()), UTC, ELECTRICITY, NOTHING_BEFORE)) == []


def test_mt_9_gap_each_run_of_missing_values_is_one_finding() -> None:
    day = a_day(plain(s0=None, s5=None, s6=None, s47=None))
    assert found_by(rules.missing, day) == [
        Finding(0, 0, findings.MISSING),
        Finding(5, 6, findings.MISSING),
        Finding(47, 47, findings.MISSING),
    ]


def test_mt_9_a_missing_value_with_the_power_off_is_no_gap() -> None:
    day = a_day(plain(s5=None, s6=None), {5: "power-loss", 9: "power-loss"})
    assert found_by(rules.missing, day) == [
        Finding(5, 5, findings.OUTAGE),
        Finding(6, 6, findings.MISSING),
    ]


def test_mt_9_negative() -> None:
    assert found_by(rules.negative, a_day(plain(s3=-1, s4=0))) == [Finding(3, 3, findings.NEGATIVE, -1, 0)]


def test_mt_9_more_than_the_connection_carries() -> None:
    # 50 kWh an hour are 25 in half an hour.
    found = found_by(rules.too_high, a_day(plain(s3=25_000, s4=25_001)))
    assert found == [Finding(4, 4, findings.TOO_HIGH, 25_001, 25_000)]


@pytest.mark.parametrize(
    ("usual", "slots"),
    [
        (USUAL, [8, 9]),  # above 4 x 500 and above the floor of 2 kWh in half an hour
        (replace(USUAL, peak=600), [9]),  # 4 x 600
        (replace(USUAL, peak=100), [8, 9]),  # the floor
        (replace(USUAL, days=6), []),  # too little is known
        (NOTHING_BEFORE, []),
    ],
)
def test_mt_9_spike(usual: Usual, slots: list[int]) -> None:
    day = a_day(plain(s7=2_000, s8=2_001, s9=2_500, s10=30_000))
    assert [one.first for one in found_by(rules.spike, day, usual)] == slots


def test_mt_9_stuck_is_one_value_for_hours_and_not_zero() -> None:
    hours = [200] * 24
    assert found_by(rules.stuck, a_day([*hours, *plain()[24:]])) == [Finding(0, 23, findings.STUCK, 200)]
    assert found_by(rules.stuck, a_day([*hours[:23], *plain()[23:]])) == []
    assert found_by(rules.stuck, a_day([0] * 48)) == []
    assert found_by(rules.stuck, a_day([None] * 48)) == []
    # A slow leak shows the same litre for hours.
    assert list(rules.stuck(Subject(a_day([1] * 48), UTC, WATER, USUAL))) == []


@pytest.mark.parametrize(
    ("before", "found"), [(95, []), (96, [Finding(0, 47, findings.ZEROS, 0)]), (144, [])]
)
def test_mt_9_zeros_are_told_once_on_the_day_on_which_they_get_long(
    before: int, found: list[Finding]
) -> None:
    day = a_day([0] * 48 if before != 95 else [*[0] * 47, 10])
    assert found_by(rules.zeros, day, replace(USUAL, zeros=before)) == found


def test_mt_9_zeros_where_there_never_was_anything_are_no_finding() -> None:
    assert found_by(rules.zeros, a_day([0] * 48), replace(USUAL, peak=0, zeros=96)) == []


def test_mt_9_high_and_low_against_like_days() -> None:
    assert [one.rule for one in found_by(rules.day_sum, a_day([801] * 48))] == [findings.DAY_HIGH]
    assert [one.rule for one in found_by(rules.day_sum, a_day([9] * 48))] == [findings.DAY_LOW]
    assert found_by(rules.day_sum, a_day([790] * 48)) == []
    assert found_by(rules.day_sum, a_day([801] * 48), replace(USUAL, like_sums=(9_600, 9_600))) == []
    assert found_by(rules.day_sum, a_day([None, *[801] * 47])) == []


@pytest.mark.parametrize(("day", "slots"), [(date(2026, 3, 29), 46), (date(2026, 10, 25), 50), (MONDAY, 48)])
def test_mt_9_a_day_is_as_long_as_its_clock(day: date, slots: int) -> None:
    assert slots_of(day, 30, KYIV) == slots
    begin = day_bounds(day, KYIV)[0]
    for length in (46, 48, 50):
        subject = Subject(Day(day, begin, 30, [100] * length), KYIV, ELECTRICITY, USUAL)
        expected = [] if length == slots else [Finding(0, length - 1, findings.DAY_LENGTH, length, slots)]
        assert list(rules.length(subject)) == expected
    assert len(empty_day(day, 30, KYIV).amounts) == slots


def test_mt_9_another_size_of_intervals_is_told() -> None:
    day = a_day([100] * 96, step=15)
    assert found_by(rules.step, day) == [Finding(0, 95, findings.STEP_CHANGED, 15, 30)]
    assert found_by(rules.step, a_day(plain())) == [] == found_by(rules.step, day, NOTHING_BEFORE)


def test_mt_9_flags_by_which_the_head_end_doubts_a_value() -> None:
    day = a_day(plain(s4=None), {3: "clock-adjusted", 4: "clock-adjusted", 5: "something-else", 60: "test"})
    assert found_by(rules.flagged, day) == [Finding(3, 3, findings.FLAGGED, day.amounts[3])]


def test_mt_9_every_resource_has_limits_and_every_rule_a_consequence() -> None:
    assert set(LIMITS) == {"electricity", "cold_water", "hot_water", "heating"}
    assert not findings.FAILS & findings.DOUBTS and not findings.TELLS & (findings.FAILS | findings.DOUBTS)


@given(st.lists(st.booleans(), max_size=60))
def test_mt_9_spans_are_the_runs(wanted: list[bool]) -> None:
    places = [place for place, is_in in enumerate(wanted) if is_in]
    found = list(spans(places))
    assert [place for first, last in found for place in range(first, last + 1)] == places
    assert all(second[0] - first[1] > 1 for first, second in pairwise(found))


# --- the short cut --------------------------------------------------------------------------------------------------


def figures_of(day: Day, counted: int | None = None) -> Figures:
    known = [amount for amount in day.amounts if amount is not None]
    zeros = known.count(0)
    return Figures(
        day.step, len(day.amounts), 48, len(known), min(known, default=0), max(known, default=0), sum(known),
        zeros, len(set(known)) - bool(zeros), bool(day.flags), counted, 0,
    )  # fmt: skip


amounts = st.one_of(
    st.lists(st.one_of(st.none(), st.integers(-5, 30_000)), min_size=48, max_size=48),
    st.lists(st.integers(0, 600), min_size=48, max_size=48),
    st.lists(st.sampled_from([0, 0, 150, 160]), min_size=48, max_size=48),
)


@given(amounts, st.integers(0, 3_000), st.integers(0, 3), st.integers(0, 60), st.integers(0, 30_000))
def test_mt_9_a_day_that_the_short_cut_lets_pass_has_no_finding(
    values: list[int | None], peak: int, zero_days: int, zeros: int, mean: int
) -> None:
    day = a_day(values)
    channel = Channel(30, 28, peak, mean, 100, zero_days)
    # Whole days of zeros and part of the one before, as the closer look counts them.
    usual = Usual(30, 28, peak, (mean,) * 8, zero_days * 48 + min(zeros, 47))
    if clean(figures_of(day), channel, ELECTRICITY):
        assert validate(Subject(day, UTC, ELECTRICITY, usual)) == []


def test_mt_9_what_registers_agree_with_needs_no_closer_look() -> None:
    channel = Channel(30, 28, 500, 9_600, 100, 0)
    day = a_day(plain(s8=3_000))
    total = sum(amount or 0 for amount in day.amounts)
    assert not clean(figures_of(day), channel, ELECTRICITY)
    assert clean(figures_of(day, total), channel, ELECTRICITY)
    assert clean(figures_of(day, total + 20), channel, ELECTRICITY)
    assert not clean(figures_of(day, total + 1_000), channel, ELECTRICITY)
    assert not clean(figures_of(a_day(plain(s8=None)), total), channel, ELECTRICITY)
    assert not clean(
        figures_of(a_day(plain(s8=26_000)), total - day.amounts[8] + 26_000), channel, ELECTRICITY
    )  # type: ignore[operator]


def test_mt_9_a_new_channel_is_looked_at_until_it_is_known() -> None:
    channel = None
    for number in range(9):
        day = a_day([amount + number for amount in plain() if amount is not None])
        assert clean(figures_of(day), channel, ELECTRICITY) == (number >= 7)
        channel = after(channel, figures_of(day))
    assert channel is not None and channel.days == 9 and channel.zero_days == 0
    assert after(channel, figures_of(a_day([0] * 48))).zero_days == 1


def test_mt_9_the_highest_value_of_a_channel_fades() -> None:
    channel = Channel(30, 28, 5_000, 9_600, 100, 0)
    for _ in range(60):
        channel = after(channel, figures_of(a_day(plain())))
    assert channel.peak < 1_600


def test_mt_9_a_day_of_another_length_of_time_never_passes_unseen() -> None:
    channel = Channel(30, 28, 500, 9_600, 100, 0)
    short = figures_of(Day(MONDAY, datetime(2026, 11, 2, tzinfo=UTC) + timedelta(0), 30, plain()[:46]))
    assert not clean(short, channel, ELECTRICITY)


# --- what a supplier says of it -------------------------------------------------------------------------------------


def profiles(tmp_path: Path, more: str) -> Any:
    """The shipped profile with other words in [metering]."""
    text = (ROOT / "providers" / "uralenergosbyt.toml").read_text(encoding="utf-8")
    (tmp_path / "uralenergosbyt.toml").write_text(f"{text}\n{more}\n", encoding="utf-8")
    return metering_tools({"providers_dir": str(tmp_path)}).profiles["uralenergosbyt"]


def test_mt_9_a_supplier_may_have_other_thresholds(tmp_path: Path) -> None:
    profile = profiles(
        tmp_path,
        """
        [metering.vee]
        grace_hours = 12
        [metering.vee.limits.electricity]
        most_an_hour = "7.5"
        spike_factor = "2.5"
        stuck_hours = 6
        [metering.alerts.electricity]
        surge = { outer = "5", inner = "4", floor = "2.5", raise_after = 1 }
        drop = { enabled = false }
        """,
    )
    limits = profile.limits("electricity")
    assert (limits.most_an_hour, limits.spike_factor, limits.stuck_hours) == (7_500, 2.5, 6)
    assert limits.sum_share == ELECTRICITY.sum_share and profile.vee.grace_hours == 12
    thresholds = profile.thresholds("electricity")
    assert set(thresholds) == {"base_load", "surge", "nothing"}
    assert (thresholds["surge"].floor, thresholds["surge"].raise_after) == (2_500, 1)


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ("[metering.vee]\ngrace_hours = -1", "grace_hours"),
        ('[metering.vee.limits.gas]\nmost_an_hour = "1"', "limits of gas"),
        ("[metering.alerts.electricity]\nflood = {}", "flood is none of"),
        ("[metering.alerts.gas]\nsurge = {}", "gas has no unit"),
        ("[metering.alerts.electricity]\nsurge = { raise_after = 0 }", "at least 1"),
    ],
)
def test_mt_9_faults_of_a_profile_are_told_at_start(tmp_path: Path, more: str, fault: str) -> None:
    with pytest.raises(Exception, match=fault):
        profiles(tmp_path, more)

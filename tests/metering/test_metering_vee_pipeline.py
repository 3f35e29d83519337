"""From a raw day to one that counts, without a database (MT-9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.metering.domain.intervals import day_bounds
from services.metering.domain.vee import findings, marks
from services.metering.domain.vee.limits import ELECTRICITY, Limits
from services.metering.domain.vee.pipeline import Checked, Work, check, summary, usual_of
from services.metering.domain.vee.scaling import Bracket
from services.metering.domain.vee.series import Day, slots_of
from tests.metering import homes

KYIV = ZoneInfo("Europe/Kyiv")
SHORT = frozenset({marks.INTERPOLATED})


def work_of(
    days: Sequence[Day],
    open_days: Sequence[int],
    *,
    zone: Any = UTC,
    brackets: Sequence[Bracket] = (),
    edits: Mapping[int, Mapping[int, int]] | None = None,
    limits: Limits = ELECTRICITY,
) -> Work:
    summaries = [summary(day) for day in days]
    return Work(
        days=days,
        open=frozenset(open_days),
        zone=zone,
        limits=limits,
        usual={number: usual_of(days, summaries, number) for number in open_days},
        settled={number: day.amounts for number, day in enumerate(days) if number not in open_days},
        brackets=brackets,
        edits=edits or {},
    )


def home(without: Mapping[int, int | None] | None = None, count: int = 29) -> tuple[list[Day], list[int]]:
    """Whole days of a real home, and the last one's values; ``without`` changes slots of the last day."""
    days = homes.days_of(homes.WHOLE, date(2013, 3, 4), count)
    assert all(amount is not None for day in days for amount in day.amounts)
    true = [amount or 0 for amount in days[-1].amounts]
    amounts = list(true) if not without else [without.get(slot, value) for slot, value in enumerate(true)]
    days[-1] = replace(days[-1], amounts=amounts)
    return days, true


def checked(days: Sequence[Day], **more: Any) -> Checked:
    [found] = check(work_of(days, [len(days) - 1], **more))
    return found


def test_mt_9_a_clean_day_stands_as_it_came() -> None:
    days, true = home()
    found = checked(days)
    assert (found.amounts, found.marks, found.findings) == (true, [marks.VALIDATED] * 48, [])
    assert found.passed and not found.compared and found.estimated == 0


def test_mt_9_short_gaps_are_interpolated_long_ones_come_from_like_days() -> None:
    days, true = home(dict.fromkeys((5, 6, 20, 21, 22, 23, 24)))
    found = checked(days)
    assert [found.marks[slot] for slot in (4, 5, 6, 7)] == [17, 9, 9, 17]
    assert {found.marks[slot] for slot in range(20, 25)} == {8}
    assert found.passed and found.estimated == 7
    assert [amount for slot, amount in enumerate(found.amounts) if found.marks[slot] == 17] == [
        amount for slot, amount in enumerate(true) if found.marks[slot] == 17
    ]
    assert [(one.rule, one.first, one.last) for one in found.findings] == [
        (findings.MISSING, 5, 6),
        (findings.MISSING, 20, 24),
    ]


def test_mt_9_estimates_are_scaled_to_what_the_registers_counted() -> None:
    gap = range(10, 30)
    days, true = home(dict.fromkeys(gap))
    begin = 28 * 48
    found = checked(days, brackets=[Bracket(begin, begin + 48, sum(true))])
    assert sum(amount or 0 for amount in found.amounts) == sum(true)
    assert found.passed and found.compared
    alone = checked(days)
    ratio = sum(found.amounts[slot] or 0 for slot in gap) / sum(alone.amounts[slot] or 0 for slot in gap)
    for slot in gap:
        assert found.amounts[slot] == pytest.approx((alone.amounts[slot] or 0) * ratio, abs=2)


def test_mt_9_registers_with_whole_units_only_bound_the_estimate() -> None:
    days, _ = home(dict.fromkeys(range(10, 12)))
    begin = 28 * 48
    alone = checked(days)
    counted = sum(alone.amounts[slot] or 0 for slot in range(48)) // 1_000 * 1_000
    found = checked(days, brackets=[Bracket(begin, begin + 48, counted, slack=999)])
    assert found.amounts == alone.amounts and found.passed


def test_mt_9_a_gap_over_several_days_has_one_sum() -> None:
    days, _ = home()
    last = [days[number] for number in (26, 27, 28)]
    total = sum(amount or 0 for day in last for amount in day.amounts)
    for number in (26, 27, 28):
        days[number] = replace(days[number], amounts=[None] * 48)
    found = check(work_of(days, [26, 27, 28], brackets=[Bracket(26 * 48, 29 * 48, total)]))
    assert sum(amount or 0 for one in found for amount in one.amounts) == total
    assert all(one.passed and set(one.marks) == {marks.LIKE_DAY} for one in found)


def test_mt_9_intervals_that_sum_up_to_something_else_do_not_pass() -> None:
    days, true = home()
    begin = 28 * 48
    found = checked(days, brackets=[Bracket(begin, begin + 48, sum(true) + 2_000)])
    assert set(found.marks) == {marks.QUESTIONABLE} and not found.passed and found.compared
    [one] = found.findings
    assert (one.rule, one.found, one.expected) == (findings.SUM, sum(true), sum(true) + 2_000)
    near = checked(days, brackets=[Bracket(begin, begin + 48, sum(true) + 20)])
    assert near.passed


def test_mt_9_a_spike_is_kept_but_does_not_pass_where_nothing_settles_it() -> None:
    days, _ = home({9: 12_000})
    found = checked(days)
    assert (found.amounts[9], found.marks[9], found.passed) == (12_000, marks.QUESTIONABLE, False)
    assert found.findings[0].rule == findings.SPIKE


def test_mt_9_a_spike_that_the_register_counted_is_real() -> None:
    days, _ = home({9: 12_000})
    begin = 28 * 48
    total = sum(amount or 0 for amount in days[-1].amounts)
    found = checked(days, brackets=[Bracket(begin, begin + 48, total)])
    assert (found.amounts[9], found.marks[9], found.passed) == (12_000, marks.VALIDATED, True)
    assert found.findings == []


def test_mt_9_a_spike_that_the_register_did_not_count_is_estimated() -> None:
    days, true = home({9: 12_000})
    begin = 28 * 48
    found = checked(days, brackets=[Bracket(begin, begin + 48, sum(true))])
    assert (found.amounts[9], found.marks[9], found.passed) == (true[9], marks.INTERPOLATED, True)


def test_mt_9_what_cannot_be_is_estimated_and_the_raw_day_stays() -> None:
    days, _ = home({9: 60_000, 10: -5})
    found = checked(days)
    assert (found.marks[9], found.marks[10], found.passed) == (9, 9, True)
    assert 0 <= (found.amounts[9] or 0) < 5_000
    assert (days[-1].amounts[9], days[-1].amounts[10]) == (60_000, -5)


def test_mt_9_with_the_power_off_nothing_was_used() -> None:
    days, _ = home({9: None, 10: None})
    days[-1] = replace(days[-1], flags={9: "power-loss", 10: "power-loss"})
    found = checked(days)
    assert found.amounts[9:11] == [0, 0] and found.passed


def test_mt_9_edited_values_are_not_judged_and_bound_the_estimates_beside_them() -> None:
    days, true = home({9: 60_000, 20: None, 21: None})
    begin = 28 * 48
    found = checked(
        days, edits={28: {9: 777, 20: 50}}, brackets=[Bracket(begin, begin + 48, sum(true) + 777)]
    )
    assert (found.amounts[9], found.marks[9]) == (777, marks.EDITED)
    assert (found.amounts[20], found.marks[20]) == (50, marks.EDITED)
    assert sum(amount or 0 for amount in found.amounts) == sum(true) + 777
    assert found.marks[21] == marks.INTERPOLATED and found.passed


def test_mt_9_what_nothing_can_be_said_about_does_not_pass() -> None:
    days, _ = home(count=1)
    days[0] = replace(days[0], amounts=[None] * 48)
    found = checked(days)
    assert found.amounts == [None] * 48 and set(found.marks) == {marks.FAILED} and not found.passed
    assert findings.NOT_ESTIMATED in {one.rule for one in found.findings}


def test_mt_9_each_real_gap_is_found_estimated_and_marked() -> None:
    for path in homes.EXTRACTS:
        days = homes.days_of(path)
        number_of = range(21, len(days) - 1)
        missing = 0
        for number in number_of:
            [found] = check(work_of(days[: number + 2], [number]))
            gone = [slot for slot, amount in enumerate(days[number].amounts) if amount is None]
            missing += len(gone)
            told = [
                slot
                for one in found.findings
                if one.rule == findings.MISSING
                for slot in range(one.first, one.last + 1)
            ]
            assert told == gone
            assert {slot for slot, mark in enumerate(found.marks) if mark in marks.ESTIMATED} == set(gone)
            assert None not in found.amounts
        assert missing > 100


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_mt_9_whatever_comes_a_checked_day_is_whole(data: st.DataObject) -> None:
    """Marks as many as amounts, also where the clock changes; none below zero; estimates sum up to the register."""
    first = data.draw(st.sampled_from([date(2026, 10, 20), date(2026, 3, 24)]))
    days = []
    for offset in range(7):
        day = first + timedelta(days=offset)
        slots = slots_of(day, 30, KYIV)
        value = st.one_of(st.none(), st.integers(0, 900), st.integers(-10, 40_000))
        amounts = data.draw(st.lists(value, min_size=slots, max_size=slots))
        days.append(Day(day, day_bounds(day, KYIV)[0], 30, amounts))
    begin = sum(len(day.amounts) for day in days[:5])
    length = len(days[5].amounts)
    counted = data.draw(st.integers(0, 100_000))
    edits = data.draw(st.dictionaries(st.integers(0, length - 1), st.integers(0, 5_000), max_size=5))
    found = check(
        work_of(days, [5, 6], zone=KYIV, brackets=[Bracket(begin, begin + length, counted)], edits={5: edits})
    )
    assert [len(one.amounts) for one in found] == [len(day.amounts) for day in days[5:]]
    for one, day in zip(found, days[5:], strict=True):
        assert len(one.marks) == len(one.amounts)
        for amount, mark, raw in zip(one.amounts, one.marks, day.amounts, strict=True):
            assert (amount is None) == (mark == marks.FAILED)
            assert amount is None or amount >= 0
            assert mark not in (marks.VALIDATED, marks.QUESTIONABLE) or amount is not None
            assert mark != marks.VALIDATED or amount == raw
    assert {slot for slot, mark in enumerate(found[0].marks) if mark == marks.EDITED} == set(edits)
    if found[0].passed and found[0].compared:
        total = sum(amount or 0 for amount in found[0].amounts)
        assert abs(total - counted) <= ELECTRICITY.tolerance(counted, 0)


def test_mt_9_days_on_which_the_clock_changes_have_46_and_50_marks() -> None:
    for day, slots in ((date(2026, 3, 29), 46), (date(2026, 10, 25), 50)):
        days = []
        for offset in range(-20, 1):
            one = day + timedelta(days=offset)
            length = slots_of(one, 30, KYIV)
            days.append(Day(one, day_bounds(one, KYIV)[0], 30, [100 + slot for slot in range(length)]))
        days[-1] = replace(
            days[-1], amounts=[None if 5 <= slot < 12 else 100 + slot for slot in range(slots)]
        )
        found = checked(days, zone=KYIV)
        assert len(found.amounts) == len(found.marks) == slots and found.passed and found.estimated == 7

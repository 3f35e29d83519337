"""Consumption from readings and intervals, without a database (MT-7)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.configuration import ConfigurationError
from deploy.local.names import ROOT
from services.metering.configuration import metering_tools
from services.metering.domain.consumption import intervals, registers
from services.metering.domain.consumption.intervals import IntervalDay
from services.metering.domain.consumption.registers import MonthReading
from services.metering.domain.consumption.series import Frame, best_of_day, missing_share
from services.metering.domain.consumption.similar import STEP, amount_of, settled_months
from services.metering.domain.consumption.tally import Tally
from services.metering.domain.consumption.zones import ScheduleFaultError, one_zone, read_schedule
from services.metering.domain.intervals import day_bounds
from services.metering.domain.registers import MeterFace

URAL, KYIV = ZoneInfo("Asia/Yekaterinburg"), ZoneInfo("Europe/Kyiv")
TWO = read_schedule({"day": ["07-23"], "night": ["23-07"]})
THREE = read_schedule({"peak": ["07-10", "17-21"], "half_peak": ["10-17", "21-23"], "night": ["23-07"]})
FACE = MeterFace(5, 0)
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def a_day(day: date, zone: ZoneInfo, step: int = 30, amount: int | None = 1000) -> IntervalDay:
    begin, end = day_bounds(day, zone)
    slots = int((end - begin) / timedelta(minutes=step))
    return IntervalDay("1.29.0", day, begin, step, [amount] * slots)


def month(period: str, value: str, source: str = "cabinet") -> MonthReading:
    return MonthReading(period, Decimal(value), source)


def plain(found: dict[str, Tally]) -> dict[str, tuple[str, bool]]:
    """(total, is it an estimate) by bucket."""
    return {key: (str(tally.total), tally.estimated > 0) for key, tally in found.items()}


# --- zones ----------------------------------------------------------------------------------------------------------


def test_mt7_zones_follow_the_local_hours() -> None:
    assert TWO.count("day") == 16 and TWO[6] == "night" and TWO[7] == "day" and TWO[23] == "night"
    assert [THREE[hour] for hour in (7, 9, 10, 16, 17, 20, 21, 22, 23, 6)] == [
        "peak", "peak", "half_peak", "half_peak", "peak", "peak", "half_peak", "half_peak", "night", "night",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "hours",
    [
        {"day": ["07-23"]},
        {"day": ["07-23"], "night": ["22-07"]},
        {"day": ["7h-23"], "night": ["23-07"]},
        {"day": ["00-25"]},
        {"day": ["07-07"]},
        {"day": ["24-07"], "night": ["07-24"]},
        {},
    ],
)
def test_mt7_hours_left_out_or_named_twice_are_a_fault(hours: dict[str, list[str]]) -> None:
    with pytest.raises(ScheduleFaultError):
        read_schedule(hours)


def test_mt7_every_kind_with_several_zones_has_its_hours() -> None:
    found = metering_tools({"providers_dir": str(ROOT / "providers")})
    for profile in found.profiles.values():
        for kind, codes in profile.registers.items():
            resource, _, zones = kind.rpartition("-")
            assert set(profile.schedule(resource, int(zones))) == set(codes.values())


@pytest.mark.parametrize(
    ("hours", "fault"),
    [
        ('{ day = ["07-23"], night = ["00-07"] }', "no zone for the hours 23"),
        ('{ day = ["07-23"], dark = ["23-07"] }', "other zones than its registers"),
        ('{ day = ["00-24"] }', "other zones than its registers"),
    ],
)
def test_mt7_hours_that_do_not_fit_are_a_fault_of_the_profile(tmp_path: Path, hours: str, fault: str) -> None:
    text = (ROOT / "providers" / "uralenergosbyt.toml").read_text(encoding="utf-8")
    changed = text.replace(
        'electricity-2 = { day = ["07-23"], night = ["23-07"] }', f"electricity-2 = {hours}"
    )
    assert changed != text
    (tmp_path / "uralenergosbyt.toml").write_text(changed, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=fault):
        metering_tools({"providers_dir": str(tmp_path)})


@pytest.mark.parametrize("step", [15, 30, 60])
@pytest.mark.parametrize(
    ("day", "zones"),
    [
        (date(2026, 6, 1), {"day": 16, "night": 8}),
        (SPRING, {"day": 16, "night": 7}),
        (AUTUMN, {"day": 16, "night": 9}),
    ],
)
def test_mt7_the_hour_that_the_clock_skips_or_repeats_is_the_nights(
    day: date, zones: dict[str, int], step: int
) -> None:
    found = intervals.by_day([a_day(day, KYIV, step)], TWO, KYIV, Decimal(1))[day]
    per_hour = 60 // step
    assert {zone: int(amount) for zone, amount in found.zones.items()} == {
        zone: hours * per_hour for zone, hours in zones.items()
    }
    assert found.known == sum(zones.values()) * 60


# --- interval data --------------------------------------------------------------------------------------------------


def test_mt7_hours_of_the_longest_day_have_their_own_instants() -> None:
    found = intervals.by_hour([a_day(AUTUMN, KYIV)], one_zone("single"), KYIV, Decimal(1))
    assert list(found) == list(intervals.hours_between(AUTUMN, AUTUMN, KYIV))
    assert len(found) == 25
    walls = [moment.astimezone(KYIV).strftime("%H%z") for moment in found]
    assert walls[3:5] == ["03+0300", "03+0200"]
    assert len(intervals.by_hour([a_day(SPRING, KYIV)], one_zone("single"), KYIV, Decimal(1))) == 23


def test_mt7_missing_values_are_not_zero_and_estimates_are_marked() -> None:
    begin = day_bounds(date(2026, 6, 1), URAL)[0]
    day = IntervalDay(
        "1.29.0",
        date(2026, 6, 1),
        begin,
        60,
        [None] * 20 + [0, 500, 700, None],
        [None] * 20 + [17, 8, 9, None],
    )
    found = intervals.by_day([day], TWO, URAL, Decimal(20))[day.day]
    assert found.zones == {"day": Decimal(24)}
    assert (found.known, found.estimated, found.estimated_share) == (180, 120, Decimal("0.667"))
    hours = intervals.by_hour([day], TWO, URAL, Decimal(20))
    assert {hour.astimezone(URAL).hour: tally.total for hour, tally in hours.items()} == {
        20: Decimal(0), 21: Decimal(10), 22: Decimal(14),
    }  # fmt: skip
    assert intervals.by_day([a_day(date(2026, 6, 1), URAL, amount=None)], TWO, URAL, Decimal(1)) == {}


@settings(max_examples=80, deadline=None)
@given(
    day=st.dates(date(2025, 1, 1), date(2027, 12, 31)),
    step=st.sampled_from([15, 30, 60]),
    ratio=st.sampled_from([Decimal(1), Decimal(20), Decimal("1.5")]),
    data=st.data(),
)
def test_mt7_hours_add_up_to_their_day_and_zones_to_their_total(
    day: date, step: int, ratio: Decimal, data: st.DataObject
) -> None:
    begin, end = day_bounds(day, KYIV)
    slots = int((end - begin) / timedelta(minutes=step))
    values = st.none() | st.integers(0, 2_147_483_647)
    amounts = data.draw(st.lists(values, min_size=slots, max_size=slots))
    stored = IntervalDay("1.29.0", day, begin, step, amounts)
    hours = intervals.by_hour([stored], THREE, KYIV, ratio)
    days = intervals.by_day([stored], THREE, KYIV, ratio)
    expected = sum(amount for amount in amounts if amount is not None) * ratio / 1000
    known = [amount for amount in amounts if amount is not None]
    if not known:
        assert hours == days == {}
        return
    assert sum((tally.total or 0 for tally in hours.values()), Decimal(0)) == days[day].total == expected
    assert sum(tally.known for tally in hours.values()) == days[day].known == len(known) * step
    assert set(hours) <= set(intervals.hours_between(day, day, KYIV))


# --- registers ------------------------------------------------------------------------------------------------------


def test_mt7_a_month_is_the_difference_of_two_readings() -> None:
    found = registers.by_month(
        FACE, [month("2026-02", "120"), month("2026-01", "100"), month("2026-03", "150")], "z"
    )
    assert plain(found) == {"2026-02": ("20", False), "2026-03": ("30", False)}


def test_mt7_months_without_a_reading_share_the_difference_as_estimates() -> None:
    found = registers.by_month(
        FACE, [month("2025-11", "100"), month("2026-02", "110"), month("2026-03", "111")], "z"
    )
    assert plain(found) == {
        "2025-12": ("3.333", True), "2026-01": ("3.333", True), "2026-02": ("3.334", True), "2026-03": ("1", False),
    }  # fmt: skip


def test_mt7_after_half_a_year_nothing_is_known_of_the_months_between() -> None:
    found = registers.by_month(
        FACE, [month("2025-01", "100"), month("2025-08", "170"), month("2025-09", "180")], "z"
    )
    assert plain(found) == {"2025-09": ("10", False)}
    found = registers.by_month(FACE, [month("2025-01", "100"), month("2025-07", "160")], "z")
    assert len(found) == 6


def test_mt7_a_register_rolls_over_and_a_ratio_multiplies() -> None:
    face = MeterFace(5, 0, Decimal(40))
    assert plain(registers.by_month(face, [month("2026-01", "99990"), month("2026-02", "5")], "z")) == {
        "2026-02": ("600", False)
    }
    # Going back by half the dial is no year's use.
    assert registers.by_month(face, [month("2026-01", "60000"), month("2026-02", "10000")], "z") == {}


def test_mt7_estimated_readings_mark_both_months_they_bound() -> None:
    rows = [
        month("2026-01", "1"),
        month("2026-02", "2", "estimate"),
        month("2026-03", "3"),
        month("2026-04", "4"),
    ]
    assert plain(registers.by_month(FACE, rows, "z")) == {
        "2026-02": ("1", True), "2026-03": ("1", True), "2026-04": ("1", False),
    }  # fmt: skip


def test_mt7_a_meter_begins_with_its_opening() -> None:
    # Readings of the month before the opening cannot be this meter's: whatever they say, counting starts anew.
    rows = [
        month("2026-04", "900"),
        month("2026-05", "7", "opening"),
        month("2026-05", "10"),
        month("2026-06", "30"),
    ]
    assert plain(registers.by_month(FACE, rows, "z")) == {"2026-05": ("3", False), "2026-06": ("20", False)}


def test_mt7_days_between_two_midnights_share_their_difference() -> None:
    rows = [
        (date(2026, 5, 1), Decimal(10)), (date(2026, 5, 2), Decimal(12)), (date(2026, 5, 4), Decimal(15)),
        (date(2026, 5, 20), Decimal(99)), (date(2026, 5, 21), Decimal("99.5")),
    ]  # fmt: skip
    found = registers.by_day(FACE, rows, "z")
    assert {day.day: (str(tally.total), tally.estimated > 0) for day, tally in found.items()} == {
        1: ("2", False), 2: ("1.500", True), 3: ("1.500", True), 20: ("0.5", False),
    }  # fmt: skip


def test_mt7_registers_make_a_total_only_together() -> None:
    day = registers.by_month(
        FACE, [month("2026-01", "0"), month("2026-02", "8"), month("2026-03", "9")], "day"
    )
    night = registers.by_month(FACE, [month("2026-01", "0"), month("2026-02", "2")], "night")
    found = registers.together([day, night])
    assert list(found) == ["2026-02"]
    assert found["2026-02"].zones == {"day": Decimal(8), "night": Decimal(2)}
    assert found["2026-02"].known == 28 * 24 * 60
    assert registers.together([]) == {}


@given(st.decimals(0, 10**8, places=3), st.integers(1, 12))
def test_mt7_shared_amounts_add_up_and_none_is_negative(used: Decimal, count: int) -> None:
    parts = registers.spread(used, count)
    assert len(parts) == count and sum(parts) == used and min(parts) >= 0
    assert max(parts) - min(parts) < Decimal("0.001") * (count + 1)


# --- buckets --------------------------------------------------------------------------------------------------------


def test_mt7_months_are_whole_and_days_in_order() -> None:
    frame = Frame("month", date(2025, 12, 20), date(2026, 2, 3), URAL).whole()
    assert (frame.first, frame.last, frame.keys) == (
        date(2025, 12, 1), date(2026, 2, 28), ["2025-12", "2026-01", "2026-02"],
    )  # fmt: skip
    assert Frame("day", date(2026, 2, 27), date(2026, 3, 2), URAL).keys == [
        date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2),
    ]  # fmt: skip
    assert len(Frame("hour", SPRING, SPRING, KYIV).keys) == 23


def test_mt7_the_year_before_has_the_same_calendar_and_clock() -> None:
    days = Frame("day", date(2024, 2, 28), date(2024, 3, 1), KYIV)
    assert [days.key_year_before(key) for key in days.keys] == [date(2023, 2, 28), None, date(2023, 3, 1)]
    assert Frame("month", SPRING, SPRING, KYIV).key_year_before("2026-01") == "2025-01"
    hours = Frame("hour", SPRING, SPRING, KYIV)
    # 2025's clock changed on the 30th: the 29th had every hour, and 2026's lacks 03.
    assert [hours.key_year_before(key).astimezone(KYIV).hour for key in hours.keys] == [
        hour for hour in range(24) if hour != 3
    ]
    assert all(hours.key_year_before(key).astimezone(KYIV).date() == date(2025, 3, 29) for key in hours.keys)
    hours = Frame("hour", date(2026, 3, 30), date(2026, 3, 30), KYIV)
    assert [hours.key_year_before(key) is None for key in hours.keys].count(True) == 1
    hours = Frame("hour", AUTUMN, AUTUMN, KYIV)
    assert [hours.key_year_before(key) is None for key in hours.keys].count(True) == 1


def test_mt7_time_that_has_not_come_or_without_a_meter_is_not_missing() -> None:
    begin = datetime(2026, 11, 20, tzinfo=UTC)
    bounds, hour = (begin, begin + timedelta(days=1)), timedelta(hours=1)
    half = Tally({"z": Decimal(1)}, 6 * 60)
    life = (begin - 10 * hour, begin + 12 * hour)
    assert missing_share(half, bounds, [life]) == Decimal("0.5")
    assert missing_share(None, bounds, [life]) == 1
    assert missing_share(None, bounds, [(begin - 2 * hour, begin - hour)]) == 0
    assert missing_share(None, bounds, []) == 0
    assert missing_share(half, bounds, [life, life]) == Decimal("0.75")


def test_mt7_a_day_is_taken_from_what_knows_more_of_it() -> None:
    day = date(2026, 5, 1)
    whole, half = Tally({"z": Decimal(1)}, 1440), Tally({"z": Decimal(2)}, 720)
    guessed = Tally({"z": Decimal(3)}, 1440, 1440)
    assert best_of_day({day: whole}, {day: half}) == {day: whole}
    assert best_of_day({day: whole}, {day: Tally({"z": Decimal(2)}, 1440)})[day].total == 2
    assert best_of_day({day: guessed}, {day: half}) == {day: half}
    assert best_of_day({day: whole}, {}) == {day: whole}


# --- similar homes --------------------------------------------------------------------------------------------------


def test_mt7_a_month_is_compared_a_week_after_its_end() -> None:
    assert settled_months(date(2026, 11, 7))[0] == "2026-09"
    assert settled_months(date(2026, 11, 8))[0] == "2026-10"
    assert len(settled_months(date(2026, 1, 8))) == 13 == len(set(settled_months(date(2026, 1, 8))))


@given(st.integers(-300, 800))
def test_mt7_a_bins_amount_has_two_digits_and_lies_in_or_beside_the_bin(bin_: int) -> None:
    amount = amount_of(bin_)
    assert len(str(amount).replace(".", "").strip("0")) <= 2
    assert STEP**bin_ * Decimal("0.94") < amount < STEP ** (bin_ + 1) * Decimal("1.06")

"""Reading rules as plain functions (MT-4): shapes, rollover, jumps."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metering.domain.jumps import JumpRule, Step, expected
from services.metering.domain.registers import (
    MeterFace,
    RegisterState,
    assess,
    check_shape,
    consumption,
    used_between,
)
from tests.metering.world import refused

FACE = MeterFace(5, 2)
JUMP = JumpRule(Decimal(4), Decimal(300))


def used(
    value: str, previous: str | None, average: str | None = None, face: MeterFace = FACE
) -> Decimal | None:
    state = RegisterState(
        "1.8.0", "single", Decimal(previous) if previous else None, Decimal(average) if average else None
    )
    return consumption(face, state, Decimal(value), JUMP)


@pytest.mark.parametrize("value", ["0", "99999.99", "12.30", "12.3000", "1E+3", "0.01"])
def test_mt4_a_value_that_the_face_can_show_is_taken(value: str) -> None:
    check_shape(FACE, "1.8.0", Decimal(value))


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("100000", "reading_too_long"),
        ("1E+400", "reading_too_long"),
        ("-0.01", "reading_too_long"),
        ("NaN", "reading_too_long"),
        ("Infinity", "reading_too_long"),
        ("12.345", "reading_too_precise"),
        ("12.300000000000000000000000000000000000001", "reading_too_precise"),
    ],
)
def test_mt4_digits_and_decimals_beyond_the_face_have_their_own_codes(value: str, code: str) -> None:
    assert refused(lambda: check_shape(FACE, "1.8.0", Decimal(value))).code == code


def test_mt4_the_first_reading_makes_no_consumption() -> None:
    assert used("77", None) is None


def test_mt4_the_same_value_again_is_zero_use() -> None:
    assert used("77", "77") == 0


def test_mt4_the_ratio_multiplies_the_use() -> None:
    assert used("12.5", "10", face=MeterFace(5, 2, Decimal(40))) == 100


def test_mt4_a_register_that_rolled_over_near_its_end_is_counted_through_zero() -> None:
    assert used("20", "99990.5") == Decimal("29.5")


def test_mt4_below_the_last_is_refused_and_names_register_zone_and_last() -> None:
    error = refused(lambda: used("76.99", "77"))
    assert error.code == "reading_below_last"
    assert error.fields == {"register": "1.8.0", "zone": "single", "last": "77"}


def test_mt4_a_rollover_is_believed_only_for_a_usual_amount() -> None:
    assert used("290", "99990") == 300
    assert refused(lambda: used("291", "99990")).code == "reading_below_last"
    assert used("390", "99990", "100") == 400
    assert refused(lambda: used("391", "99990", "100")).code == "reading_below_last"


def test_mt4_an_unusual_amount_is_above_the_floor_and_above_the_factor() -> None:
    assert not JUMP.unusual(Decimal(300), 30, Decimal(1))
    assert JUMP.unusual(Decimal("300.01"), 30, Decimal(75))
    assert not JUMP.unusual(Decimal(400), 30, Decimal(100))
    assert JUMP.unusual(Decimal("400.01"), 30, Decimal(100))
    assert JUMP.unusual(Decimal(301), 30, None)


def test_mt4_the_floor_grows_with_the_days_and_is_never_less_than_a_months() -> None:
    assert not JUMP.unusual(Decimal(900), 90, None)
    assert JUMP.unusual(Decimal(901), 90, None)
    assert not JUMP.unusual(Decimal(300), 2, None)


# --- the customer's own history -------------------------------------------------------------------------------------


def step(until: str, used: str, days: int = 30) -> Step:
    return Step(date.fromisoformat(until), days, Decimal(used))


YEAR = [step(f"{2025 + (month > 12)}-{(month - 1) % 12 + 1:02d}-20", "30") for month in range(12, 24)]


def test_mt4_without_a_history_nothing_is_expected() -> None:
    assert expected([], date(2026, 11, 20), 30) is None
    assert expected([step("2021-05-20", "100")], date(2026, 11, 20), 30) is None
    assert expected([step("2026-10-20", "-5"), step("2026-10-20", "5", 0)], date(2026, 11, 20), 30) is None


def test_mt4_what_is_expected_goes_by_the_days_between_the_readings() -> None:
    assert expected(YEAR[-3:], date(2026, 12, 20), 60) == 60
    assert expected(YEAR[-3:], date(2026, 12, 20), 1) == 1


def test_mt4_the_same_season_of_a_year_ago_is_more_than_the_last_months() -> None:
    winter, summer = step("2025-12-20", "900"), [step(f"2026-0{month}-20", "60") for month in (7, 8, 9)]
    assert expected([winter, *summer], date(2026, 12, 21), 30) == 900
    assert expected(summer, date(2026, 12, 21), 30) == 60
    # Heating in winter is no jump, the same in summer is one.
    rule = JumpRule(Decimal(4), Decimal(100))
    assert not rule.unusual(Decimal(1000), 30, expected([winter, *summer], date(2026, 12, 21), 30))
    assert rule.unusual(
        Decimal(1000), 30, expected([winter, step("2025-07-20", "60")], date(2026, 7, 21), 30)
    )


def test_mt4_two_years_ago_counts_and_three_do_not() -> None:
    assert expected([step("2024-12-10", "300"), step("2026-11-10", "30")], date(2026, 12, 10), 30) == 300
    assert expected([step("2023-12-10", "300"), step("2026-11-10", "30")], date(2026, 12, 10), 30) == 30


@given(
    scale=st.integers(1, 50),
    days=st.integers(1, 400),
    steps=st.lists(
        st.tuples(st.dates(date(2024, 1, 1), date(2026, 11, 1)), st.integers(0, 9999), st.integers(1, 90)),
        min_size=1,
        max_size=20,
    ),
)
def test_mt4_what_is_expected_is_in_proportion_to_days_and_to_the_history(
    scale: int, days: int, steps: list[tuple[date, int, int]]
) -> None:
    until = date(2026, 11, 20)
    known = [Step(at, length, Decimal(used)) for at, used, length in steps]
    once = expected(known, until, days)
    larger = expected([Step(s.until, s.days, s.used * scale) for s in known], until, days)
    assert (once is None) == (larger is None)
    if once is not None and larger is not None:
        assert abs(once * scale - larger) <= Decimal("1e-12") * max(larger, 1)
        daily = [s.used / s.days for s in known]
        assert min(daily) * days <= once * Decimal("1.0000000001")
        assert once <= max(daily) * days * Decimal("1.0000000001")


# --- a whole submission ---------------------------------------------------------------------------------------------


def test_mt4_all_registers_are_judged_by_the_history_or_by_the_norm_of_a_household() -> None:
    states = {
        "1.8.1": RegisterState("1.8.1", "day", Decimal(0), Decimal(100)),
        "1.8.2": RegisterState("1.8.2", "night", Decimal(0)),
        "1.8.3": RegisterState("1.8.3", "peak", None),
    }
    values = {code: Decimal(5000) for code in states}
    found = assess(FACE, states, values, JUMP)
    assert [(one.register, one.consumption, one.jump) for one in found] == [
        ("1.8.1", 5000, True),
        ("1.8.2", 5000, True),
        ("1.8.3", None, True),
    ]
    assert refused(lambda: assess(FACE, states, {"1.8.1": Decimal(1)}, JUMP)).fields == {
        "registers": ["1.8.1", "1.8.2", "1.8.3"]
    }


def test_mt4_a_later_months_reading_cannot_be_passed() -> None:
    state = RegisterState("1.8.0", "single", Decimal(100), following=Decimal(150))
    assert consumption(FACE, state, Decimal(150), JUMP) == 50
    error = refused(lambda: consumption(FACE, state, Decimal("150.01"), JUMP))
    assert (error.code, error.fields["next"]) == ("reading_above_next", "150")


def test_mt3_nobody_falls_behind_an_inspectors_reading_of_the_month() -> None:
    state = RegisterState("1.8.0", "single", Decimal(100), control=Decimal(150))
    assert consumption(FACE, state, Decimal(150), JUMP) == 50
    error = refused(lambda: consumption(FACE, state, Decimal(149), JUMP))
    assert (error.code, error.fields["last"]) == ("reading_below_last", "150")


@given(
    digits=st.integers(1, 9),
    opening=st.decimals(0, 999_999_999, places=3),
    step=st.decimals(0, 99_999_999, places=3),
)
def test_mt4_use_up_to_a_tenth_of_the_dial_is_found_again_wherever_it_began(
    digits: int, opening: Decimal, step: Decimal
) -> None:
    face = MeterFace(digits, 3, Decimal(2))
    start, used_up = opening % face.capacity, step % (face.capacity / 10)
    assert used_between(face, start, (start + used_up) % face.capacity) == used_up * 2


def test_mt4_a_register_that_went_back_has_no_consumption() -> None:
    assert used_between(FACE, Decimal(1000), Decimal("999.99")) is None

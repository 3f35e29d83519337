"""Reading rules as plain functions (MT-4): shapes, rollover, jumps, windows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metering.domain.registers import (
    JumpRule,
    MeterFace,
    RegisterState,
    check_shape,
    consumption,
    used_between,
)
from services.metering.domain.windows import Window
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
    assert not JUMP.unusual(Decimal(300), Decimal(1))
    assert JUMP.unusual(Decimal("300.01"), Decimal(75))
    assert not JUMP.unusual(Decimal(400), Decimal(100))
    assert JUMP.unusual(Decimal("400.01"), Decimal(100))
    assert JUMP.unusual(Decimal(301), None)


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


# --- windows --------------------------------------------------------------------------------------------------------

NEXT = Window(15, 25, "next_period")
CLOSED = Window(1, 5, "closed")


@pytest.mark.parametrize(
    ("day", "period", "in_time"),
    [
        (date(2026, 11, 15), "2026-11", True),
        (date(2026, 11, 25), "2026-11", True),
        (date(2026, 11, 14), "2026-11", False),
        (date(2026, 11, 26), "2026-12", True),
        (date(2026, 12, 31), "2027-01", True),
    ],
)
def test_mt4_outside_the_window_a_reading_is_kept_for_a_period(day: date, period: str, in_time: bool) -> None:
    assert NEXT.assign(day) == (period, in_time)
    assert NEXT.open_on(day) == (15 <= day.day <= 25)


def test_mt4_a_closed_window_refuses_and_says_when_it_is_open() -> None:
    assert CLOSED.assign(date(2026, 11, 5)) == ("2026-11", True)
    error = refused(lambda: CLOSED.assign(date(2026, 11, 6)))
    assert (error.code, error.fields) == ("window_closed", {"first_day": 1, "last_day": 5})

"""Levels, windows and burning as plain rules (LY-2, LY-3), and what a profile may say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.configuration import ConfigurationError
from services.loyalty.configuration import loyalty_tools
from services.loyalty.domain.awards import Award, burnable, first_counted, last_ended, total
from services.loyalty.domain.programme import LEVELS, Programme, faults
from tests.loyalty.world import PROGRAMME, PROVIDER

THRESHOLDS = (0, 10, 25, 40)
GOOD = Programme(
    points={"registration_and_email": 10, "readings_in_time": 1},
    lasting=frozenset({"registration_and_email"}),
    levels=tuple(zip(LEVELS, THRESHOLDS, strict=True)),
    window_periods=6,
)


@pytest.mark.parametrize(
    ("points", "level", "above"),
    [
        (-5, "beginner", ("promising", 15)),
        (0, "beginner", ("promising", 10)),
        (9, "beginner", ("promising", 1)),
        (10, "promising", ("responsible", 15)),
        (39, "responsible", ("ideal", 1)),
        (40, "ideal", None),
        (400, "ideal", None),
    ],
)
def test_ly3_level_and_what_is_missing_for_the_next(
    points: int, level: str, above: tuple[str, int] | None
) -> None:
    assert GOOD.level(points) == level
    assert GOOD.next_level(points) == above


def test_ly3_the_window_is_six_periods_that_end_with_the_last_ended_one() -> None:
    assert last_ended(date(2026, 11, 1)) == "2026-10"
    assert last_ended(date(2026, 1, 31)) == "2025-12"
    assert first_counted("2026-10", 6) == "2026-05"
    assert first_counted("2026-03", 6) == "2025-10"
    assert first_counted("2026-03", 1) == "2026-03"


def test_ly3_old_points_leave_the_window_lasting_ones_stay() -> None:
    awards = [
        Award("registration_and_email", "", 10, lasting=True),
        Award("payment_in_time", "2026-04", 3),
        Award("payment_in_time", "2026-05", 3),
        Award("readings_in_time", "2026-11", 1),
    ]
    assert total(awards, "2026-05") == 14
    assert total(awards, "2026-06") == 11


def test_ly2_burning_takes_what_can_burn_and_leaves_what_lasts() -> None:
    awards = [
        Award("registration_and_email", "", 10, lasting=True),
        Award("payment_in_time", "2026-04", 3),
        Award("payment_in_time", "2026-05", 3),
        Award("readings_in_time", "2026-05", 1),
    ]
    assert burnable(awards, "2026-05") == {"2026-05": 4}
    burns = [Award("burn", "2026-05", -4, cause="2026-06")]
    assert burnable(awards + burns, "2026-05") == {}


GRANTS = st.lists(
    st.builds(
        Award,
        st.sampled_from(["payment_in_time", "readings_in_time"]),
        st.sampled_from([f"2026-{month:02d}" for month in range(1, 13)]),
        st.integers(1, 5),
        st.booleans(),
    )
)


@given(GRANTS, st.integers(1, 12), st.integers(0, 11))
def test_ly2_after_a_burn_only_lasting_points_are_left_in_every_later_window(
    awards: list[Award], first: int, later: int
) -> None:
    burns = [Award("burn", period, -n) for period, n in burnable(awards, f"2026-{first:02d}").items()]
    window = f"2026-{min(first + later, 12):02d}"
    assert total(awards + burns, window) == sum(award.points for award in awards if award.lasting)


def test_ly3_a_good_programme_has_no_faults() -> None:
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (replace(GOOD, window_periods=0), "window_periods"),
        (replace(GOOD, points={"smiling": 1}), "unknown criteria: smiling"),
        (replace(GOOD, points={"readings_in_time": -1}), "negative"),
        (replace(GOOD, lasting=frozenset()), "registration_and_email must be true"),
        (replace(GOOD, levels=GOOD.levels[1:]), "in this order"),
        (replace(GOOD, levels=tuple(zip(LEVELS, (0, 10, 10, 40), strict=True))), "rise"),
        (replace(GOOD, levels=tuple(zip(LEVELS, (1, 10, 20, 40), strict=True))), "begin at 0"),
    ],
)
def test_ly3_faults_of_a_programme_are_named(bad: Programme, fault: str) -> None:
    assert any(fault in found for found in faults(bad))


def test_ly3_faults_of_all_profiles_are_told_at_once(tmp_path: Path) -> None:
    for name, wrong in (("one", "ideal = 12"), ("two", "lasting]\nregistration_and_email = true")):
        text = PROVIDER.format(id=name, zone="Europe/Kyiv") + PROGRAMME
        broken = text.replace(wrong, wrong.replace("12", "5").replace("true", "false"))
        (tmp_path / f"{name}.toml").write_text(broken)
    with pytest.raises(ConfigurationError) as caught:
        loyalty_tools({"providers_dir": str(tmp_path)})
    assert "one.toml [loyalty] levels" in str(caught.value)
    assert "two.toml [loyalty] lasting" in str(caught.value)


def test_ly3_the_shipped_profiles_are_good() -> None:
    tools = loyalty_tools({"providers_dir": str(Path(__file__).parents[2] / "providers")})
    programme = tools.programmes["uralenergosbyt"]
    # LY-2
    assert programme.points["registration_and_email"] == 10
    assert programme.points["readings_in_time"] == 1
    assert programme.points["payment_in_time"] == 3
    assert programme.points["payment_in_cabinet"] == 2

"""No reading: own average, then the norm, then a recalculation (BL-3), as plain functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.periods import previous_period
from services.billing.domain.billing import AccountFacts, Replaced, charge_account
from services.billing.domain.charges import ChargeLine, Quantity
from services.billing.domain.history import Used, mean_month, months_of
from services.billing.domain.missing import estimate
from services.billing.domain.readings_chain import Reading, consumption_since
from tests.billing.world import D, tariff

PRICES = tariff(("2024-01-01", "22", {"single": "5", "day": "5", "night": "3"}))
HEAT = tariff(
    ("2024-01-01", "22", {"single": "2000"}), kind="heat", resource="heating", unit="Gcal", area="0.04"
)


def months(*units: str, before: int = 0) -> list[Used]:
    """Newest first, one a month, the newest ``before`` months and one before November 2026."""
    period, found = "2026-11", []
    for _ in range(before):
        period = previous_period(period)
    for value in units:
        period = previous_period(period)
        found.append(Used(period, 1, D(value)))
    return found


def quantities(history: Mapping[str, Sequence[str]], before: int = 0) -> list[tuple[str, str, Decimal]]:
    values = {zone: months(*of, before=before) for zone, of in history.items()}
    found = estimate("electricity", "kWh", list(history), values, "2026-11", before, D(196), "the norm")
    assert all(item.source == "estimate" for item in found)
    return [(item.kind, item.zone, item.consumption) for item in found]


def test_bl3_the_average_needs_three_months_and_takes_the_newest_six() -> None:
    assert quantities({"single": ["10", "20"]}) == [("norm", "single", 196)]
    assert quantities({"single": ["10", "20", "31"]}) == [("average", "single", D("20.333"))]
    six = ["1", "2", "3", "4", "5", "6"]
    assert quantities({"single": [*six, "1000"]}) == [("average", "single", D("3.5"))]


@pytest.mark.parametrize(("before", "kind"), [(0, "average"), (2, "average"), (3, "norm"), (7, "norm")])
def test_bl3_the_average_is_used_for_three_periods_then_the_norm(before: int, kind: str) -> None:
    assert quantities({"single": ["10", "10", "10"]}, before)[0][0] == kind


def test_bl3_zones_share_the_norm_and_each_needs_its_history() -> None:
    full = {"day": ["10", "10", "10"], "night": ["5", "5", "5"]}
    assert quantities(full) == [("average", "day", 10), ("average", "night", 5)]
    assert quantities(full | {"night": ["5"]}) == [("norm", "day", 98), ("norm", "night", 98)]


def test_bl3_a_catch_up_reading_counts_as_the_months_that_it_covers() -> None:
    # 100 a month all along; three months were read at once, as 300.
    history = [Used("2026-10", 3, D(300)), Used("2026-07", 1, D(100)), Used("2026-06", 1, D(100))]
    assert mean_month(history, "2026-11", 0) == (100, 5)
    # One reading that covers enough months says enough.
    assert mean_month([Used("2026-10", 3, D(300))], "2026-11", 0) == (100, 3)
    assert mean_month([Used("2026-10", 2, D(300))], "2026-11", 0) is None


def test_bl3_what_is_long_past_says_nothing_of_now() -> None:
    old = [Used(period, 1, D(100)) for period in ("2025-10", "2025-09", "2025-08")]
    assert mean_month(old, "2026-11", 0) is None
    # The months that lack a reading do not make what came before them old.
    assert mean_month(
        [Used(period, 1, D(9)) for period in ("2026-07", "2026-06", "2026-05")], "2026-11", 3
    ) == (9, 3)
    assert mean_month([Used("2026-10", 1, D(7)), *old], "2026-11", 0) is None


def test_bl3_months_between_readings_are_counted_by_days() -> None:
    at = datetime(2026, 2, 1, tzinfo=UTC)
    assert [months_of(at, at.replace(month=month)) for month in (2, 3, 4, 8)] == [1, 1, 2, 6]
    assert months_of(None, at) == 1


def facts(
    *used: Quantity, zones: Sequence[str] = ("single",), resource: str = "electricity", **more: object
) -> AccountFacts:
    found = AccountFacts(
        tariffs=[PRICES],
        people=2,
        area=D(50),
        norms={"electricity": D(98)},
        zones={resource: zones},
        quantities=used,
        history={},
        open_estimates=[],
    )
    return replace(found, **more)  # type: ignore[arg-type]


def test_bl3_people_multiply_the_norm() -> None:
    [line] = charge_account(facts(), "2026-11")[0]
    assert (line.kind, line.consumption, line.amount) == ("norm", 196, 980)
    assert line.rule.endswith("norm 98 x 2 people, decree 354 p. 60")


def test_bl3_without_a_meter_the_norm_is_final() -> None:
    [line] = charge_account(facts(zones=()), "2026-11")[0]
    assert (line.kind, line.source, line.consumption) == ("norm", None, 196)


def test_bl3_a_heat_meter_without_a_reading_falls_back_to_the_norm_by_area() -> None:
    lines, _ = charge_account(facts(resource="heating", tariffs=[HEAT]), "2026-11")
    assert [(line.kind, line.source, line.consumption, line.amount) for line in lines] == [
        ("norm", "estimate", 2, 4000)
    ]


def test_bl3_two_meters_of_one_zone_share_one_estimate() -> None:
    history = {("electricity", "single"): months("30", "30", "30")}
    lines, _ = charge_account(facts(zones=["single", "single"], history=history), "2026-11")
    assert [(line.kind, line.consumption) for line in lines] == [("average", 30)]
    lines, _ = charge_account(facts(zones=["single", "single"]), "2026-11")
    assert [(line.kind, line.consumption) for line in lines] == [("norm", 196)]


def test_bl3_a_reading_takes_all_open_estimates_back_each_as_its_own_line() -> None:
    estimated: list[tuple[str, ChargeLine]] = [
        (period, charge_account(facts(), period)[0][0]) for period in ("2026-09", "2026-10")
    ]
    reading = Quantity("electricity", "kWh", "single", D(500))
    lines, replaced = charge_account(facts(reading, open_estimates=estimated), "2026-11")
    assert replaced == {Replaced("electricity", "2026-09"), Replaced("electricity", "2026-10")}
    assert [(line.kind, line.recalculates, line.amount) for line in lines] == [
        ("recalculation", "2026-09", -980),
        ("recalculation", "2026-10", -980),
        ("actual", None, 2500),
    ]


def test_bl3_estimates_stay_while_a_zone_is_missing() -> None:
    estimated = [("2026-10", charge_account(facts(), "2026-10")[0][0])]
    day = Quantity("electricity", "kWh", "day", D(500))
    lines, replaced = charge_account(facts(day, zones=["day", "night"], open_estimates=estimated), "2026-11")
    assert replaced == set()
    assert [line.kind for line in lines] == ["norm", "norm"]


# --- from bill to bill ----------------------------------------------------------------------------------------------

FIRST, LATER = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)


def since(billed: str, opening: str, used: str, *, late: bool, ratio: str = "1") -> Decimal | None:
    at = LATER if late else FIRST
    return consumption_since(Reading(D(billed), FIRST), Reading(D(opening), at), D(used), D(ratio), 4)


def test_bl3_a_late_reading_adds_what_was_used_before_it() -> None:
    assert since("100", "150", "20", late=True) == 70
    assert since("100", "150", "200", late=True, ratio="10") == 700
    assert since("9990", "40", "20", late=True) == 70
    assert since("150", "100", "20", late=True) is None


def test_bl3_a_corrected_reading_may_give_a_credit() -> None:
    assert since("150", "100", "20", late=False) == -30
    assert since("100", "150", "20", late=False) == 70


@given(values=st.lists(st.integers(0, 300), min_size=2, max_size=6))
def test_bl3_the_sum_of_steps_is_the_distance(values: list[int]) -> None:
    total, at = D(0), D(0)
    for step in values:
        used = since(str(at), str(at + step), "7", late=True)
        assert used is not None
        total, at = total + used, at + step + 7
    assert total == at

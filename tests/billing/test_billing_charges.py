"""Charges as plain functions: zones, VAT, price changes, hot water, heat (BL-2, BL-12)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.charges import ChargeLine, Quantity, charge, charge_unmetered, storno, vat_within
from services.billing.domain.tariffs import Household
from tests.billing.world import D, refused, tariff

ONE = tariff(("2026-01-01", "22", {"single": "4.75"}))
TWO = tariff(("2026-01-01", "22", {"day": "5.46", "night": "2.98"}))
CHANGED = tariff(("2026-01-01", "20", {"single": "4.00"}), ("2026-11-11", "22", {"single": "5.00"}))
WATER = tariff(
    ("2026-01-01", "22", {"water": "43.20", "heat": "2210.00"}),
    kind="two_part",
    resource="hot_water",
    unit="m3",
    heat="0.0564",
)
HEAT = tariff(
    ("2026-01-01", "22", {"single": "2210.00"}), kind="heat", resource="heating", unit="Gcal", area="0.0366"
)


def used(amount: str, zone: str = "single", resource: str = "electricity", unit: str = "kWh") -> Quantity:
    return Quantity(resource, unit, zone, D(amount))


def amounts(lines: list[ChargeLine]) -> list[tuple[str, Decimal, Decimal]]:
    return [(line.zone, line.consumption, line.amount) for line in lines]


def test_bl2_each_zone_is_charged_at_its_own_price() -> None:
    lines = charge(TWO, "2026-11", [used("120", "day"), used("60.5", "night")])
    assert amounts(lines) == [("day", D(120), D("655.20")), ("night", D("60.5"), D("180.29"))]


def test_bl2_vat_is_within_the_price() -> None:
    assert vat_within(D("122.00"), D(22)) == D("22.00")
    assert vat_within(D("120.00"), D(20)) == D("20.00")
    assert vat_within(D("0.03"), D(22)) == D("0.01")
    assert vat_within(D("-122.00"), D(22)) == D("-22.00")
    [line] = charge(ONE, "2026-11", [used("100")])
    assert (line.amount, line.vat_rate, line.vat) == (D("475.00"), 22, D("85.66"))


def test_bl2_halves_of_a_kopeck_are_rounded_away_from_zero() -> None:
    half = tariff(("2026-01-01", "22", {"single": "0.05"}))
    for units, amount in (("0.1", "0.01"), ("0.3", "0.02"), ("0.09", "0.00"), ("-0.1", "-0.01")):
        assert charge(half, "2026-11", [used(units)])[0].amount == D(amount)


def test_bl2_a_change_in_mid_period_is_split_by_days() -> None:
    lines = charge(CHANGED, "2026-11", [used("100")])
    assert amounts(lines) == [("single", D("33.333"), D("133.33")), ("single", D("66.667"), D("333.34"))]
    assert [line.vat_rate for line in lines] == [20, 22]
    assert [line.rule for line in lines] == [
        "electricity-test of 2026-01-01, 10 of 30 days",
        "electricity-test of 2026-11-11, 20 of 30 days",
    ]


@pytest.mark.parametrize(("period", "price"), [("2026-10", "4.00"), ("2026-12", "5.00")])
def test_bl2_a_whole_period_has_the_price_of_its_days(period: str, price: str) -> None:
    assert [line.price for line in charge(CHANGED, period, [used("1")])] == [D(price)]


def test_bl2_a_price_from_the_first_day_on_splits_nothing() -> None:
    first = tariff(("2026-01-01", "20", {"single": "4"}), ("2026-11-01", "22", {"single": "5"}))
    assert [line.price for line in charge(first, "2026-11", [used("1")])] == [5]
    assert [line.price for line in charge(first, "2026-10", [used("1")])] == [4]


@given(units=st.decimals(0, 100_000, places=3), days=st.sets(st.integers(2, 30), max_size=4), data=st.data())
def test_bl2_shares_of_a_split_period_sum_to_the_whole(
    units: Decimal, days: set[int], data: st.DataObject
) -> None:
    prices = {"single": str(data.draw(st.decimals(0, 50, places=2)))}
    starts = ["2026-01-01", *(f"2026-11-{day:02d}" for day in sorted(days))]
    split = tariff(*((start, "22", prices) for start in starts))
    lines = charge(split, "2026-11", [used(str(units))])
    assert len(lines) == len(starts)
    assert sum(line.consumption for line in lines) == units
    [whole] = charge(tariff((starts[0], "22", prices)), "2026-11", [used(str(units))])
    # Each line is rounded once, and each share is cut to a thousandth; at one price that is a kopeck a line.
    assert abs(sum(line.amount for line in lines) - whole.amount) <= D("0.01") * len(lines)


def test_bl2_hot_water_is_charged_in_two_parts() -> None:
    lines = charge(WATER, "2026-11", [used("3", resource="hot_water", unit="m3")])
    assert [(line.component, line.unit, line.consumption, line.amount) for line in lines] == [
        ("water", "m3", D(3), D("129.60")),
        ("heat", "Gcal", D("0.1692"), D("373.93")),
    ]


def test_bl2_heat_without_a_meter_is_area_by_norm() -> None:
    [line] = charge_unmetered(HEAT, "2026-11", Household(2, D("54.3"), None))
    assert (line.kind, line.consumption, line.amount) == ("norm", D("1.98738"), D("4392.11"))
    assert "54.3 m2 x 0.0366 Gcal/m2, decree 354" in line.rule
    assert charge_unmetered(HEAT, "2026-11", Household(2, D(0), D("1.5"))) == []


def test_bl2_a_zone_or_a_day_without_a_price_is_an_error() -> None:
    assert refused(lambda: charge(ONE, "2026-11", [used("1", "night")])).code == "tariff_missing"
    assert refused(lambda: charge(ONE, "2025-12", [used("1")])).code == "tariff_missing"


def test_bl12_storno_takes_a_line_back_to_the_kopeck() -> None:
    for line in charge(CHANGED, "2026-11", [used("100")]):
        back = storno(line, "2026-11")
        assert (back.amount, back.vat, back.consumption) == (-line.amount, -line.vat, -line.consumption)
        assert (back.kind, back.recalculates, back.price) == ("recalculation", "2026-11", line.price)

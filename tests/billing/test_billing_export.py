"""Homes with solar panels (MT-14): what goes to the grid is a credit of its own, never less use."""

from __future__ import annotations

from decimal import Decimal

import pytest

from services.billing.domain.charges import Quantity, charge
from tests.billing.world import D, World, account_line, tariff

SOLAR = {"1.8.0": "single", "2.8.0": "export"}


def test_mt14_export_is_a_credit_line_at_its_own_price_from_bill_to_bill(world: World) -> None:
    world.open(account_line())
    meter = world.meter(zones=SOLAR).read("2026-08", "100", "10").read("2026-09", "150", "40")
    world.bill("2026-09")
    assert world.lines("2026-09") == [
        ("actual", "single", 50, D("237.50")),
        ("export", "export", -30, D("-61.20")),
    ]
    # A late correction of what was given is settled by the next bill, as that of use is.
    meter.read("2026-09", "150", "45").read("2026-10", "160", "95")
    world.bill("2026-10")
    assert world.lines("2026-10") == [
        ("actual", "single", 10, D("47.50")),
        ("export", "export", -55, D("-112.20")),
    ]
    assert world.balance() == D("111.60")
    world.check_books()


def test_mt14_more_given_than_taken_is_an_overpayment(world: World) -> None:
    world.open(account_line())
    world.meter(zones=SOLAR).read("2026-08", "0", "0").read("2026-09", "10", "500")
    world.bill("2026-09")
    assert world.balance() == D("47.50") - D("1020.00")
    world.check_books()


def test_mt14_an_average_is_made_of_use_alone_and_nothing_is_assumed_to_be_given(world: World) -> None:
    world.open(account_line())
    meter = world.meter(zones=SOLAR).read("2026-05", "0", "0")
    for number, period in enumerate(("2026-06", "2026-07", "2026-08"), start=1):
        meter.read(period, str(100 * number), str(1000 * number))
        world.bill(period)
    world.bill("2026-09")
    assert [line[:3] for line in world.lines("2026-09")] == [("average", "single", 100)]
    meter.read("2026-10", "500", "4000")
    world.bill("2026-10")
    assert [line[:3] for line in world.lines("2026-10")] == [
        ("recalculation", "single", -100),
        ("actual", "single", 200),
        ("export", "export", -1000),
    ]
    world.check_books()


def test_mt14_without_a_reading_of_what_is_given_the_use_is_charged_all_the_same(world: World) -> None:
    world.open(account_line())
    meter = world.meter(zones=SOLAR).read("2026-08", "0", "0").read("2026-09", "80", "5")
    del meter.readings["2.8.0"]["2026-09"]
    world.bill("2026-09")
    assert [line[:3] for line in world.lines("2026-09")] == [("actual", "single", 80)]


@pytest.mark.parametrize(("prices", "lines"), [({"single": "4"}, 0), ({"single": "4", "export": "1.5"}, 1)])
def test_mt14_a_tariff_without_a_price_for_it_gives_no_credit(prices: dict[str, str], lines: int) -> None:
    found = charge(
        tariff(("2026-01-01", "22", prices)),
        "2026-10",
        [Quantity("electricity", "kWh", "export", Decimal(10))],
    )
    assert [line.amount for line in found] == [D("-15.00")] * lines


def test_mt14_a_change_of_price_in_mid_period_splits_the_credit_by_days() -> None:
    found = charge(
        tariff(("2026-01-01", "20", {"single": "4"}), ("2026-10-17", "20", {"single": "4", "export": "2"})),
        "2026-10",
        [Quantity("electricity", "kWh", "export", Decimal(31))],
    )
    assert [(line.consumption, line.amount) for line in found] == [(D(-15), D("-30.00"))]

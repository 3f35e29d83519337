"""Months without readings, late ones and corrected ones (BL-3): in the end each unit is charged exactly once."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.billing.world import USTEK, D, World, account_line, local

MONTHS = ["2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10", "2026-11"]


def test_bl3_three_averages_then_the_norm_then_a_reading_settles_all(world: World) -> None:
    world.open(account_line(people=1))
    meter = world.meter().read("2026-01", "0")
    for period, value in (("2026-02", "100"), ("2026-03", "220"), ("2026-04", "300")):
        world.bill(meter.read(period, value) and period)
    world.bill("2026-05", "2026-06", "2026-07", "2026-08")
    kinds = [world.lines(period)[0][0] for period in MONTHS[:4]]
    assert kinds == ["average", "average", "average", "norm"]
    assert [world.lines(period)[0][2] for period in MONTHS[:4]] == [100, 100, 100, 98]
    meter.read("2026-09", "777")
    world.bill("2026-09")
    assert [line[0] for line in world.lines("2026-09")] == ["recalculation"] * 4 + ["actual"]
    assert world.lines("2026-09")[-1] == ("actual", "single", 477, D("2265.75"))
    assert world.used() == 777
    assert world.balance() == D("777") * D("4.75")
    # What was taken back once is not taken back again.
    meter.read("2026-10", "800")
    world.bill("2026-10")
    assert world.lines("2026-10") == [("actual", "single", 23, D("109.25"))]
    world.check_books()


def test_bl3_a_reading_of_a_billed_period_that_came_late_is_charged_by_the_next_bill(world: World) -> None:
    world.open(account_line())
    meter = world.meter().read("2026-08", "100").read("2026-09", "150")
    world.bill("2026-09", "2026-10")
    assert world.lines("2026-10")[0][0] == "norm"
    meter.read("2026-10", "260").read("2026-11", "300")
    world.bill("2026-11")
    assert world.lines("2026-11")[1:] == [("actual", "single", 150, D("712.50"))]
    assert world.used() == 200
    world.check_books()


def test_bl3_a_late_reading_before_anything_was_charged_by_readings(world: World) -> None:
    world.open(account_line())
    meter = world.meter().read("2026-08", "100")
    world.bill("2026-09", "2026-10")
    meter.read("2026-10", "260").read("2026-11", "300")
    world.bill("2026-11")
    assert world.used() == 200
    world.check_books()


def test_bl3_a_closing_reading_that_came_after_the_bill_loses_no_day(world: World) -> None:
    world.open(account_line())
    meter = world.meter().read("2026-09", "100")
    meter.read("2026-10", "148", at=local("2026-10-31T00:00:00").isoformat())
    world.bill("2026-10")
    meter.read("2026-10", "150").read("2026-11", "190")
    world.bill("2026-11")
    assert [world.lines(period)[0][2] for period in ("2026-10", "2026-11")] == [48, 42]
    assert world.used() == 90


def test_bl3_a_correction_of_a_billed_reading_is_settled_even_as_a_credit(world: World) -> None:
    world.open(account_line())
    meter = world.meter().read("2026-09", "100").read("2026-10", "1150")
    world.bill("2026-10")
    meter.read("2026-10", "115").read("2026-11", "130")
    world.bill("2026-11")
    assert world.lines("2026-11") == [("actual", "single", -1020, D("-4845.00"))]
    assert (world.used(), world.balance()) == (30, D("142.50"))
    world.check_books()


def test_bl3_one_of_two_meters_without_a_reading_estimates_once_and_settles_both(world: World) -> None:
    world.open(account_line(tariffs="hot_water-1"), provider=USTEK)
    facts = {"provider": USTEK, "resource": "hot_water", "unit": "m3", "zones": {"8.1.0": "single"}}
    kitchen = world.meter(serial="K", **facts).read("2026-09", "10").read("2026-10", "12")
    bath = world.meter(serial="B", **facts).read("2026-09", "50").read("2026-10", "53")
    world.bill("2026-10", provider=USTEK)
    kitchen.read("2026-11", "14")
    world.bill("2026-11", provider=USTEK)
    assert [line[:3] for line in world.lines("2026-11", provider=USTEK)] == [
        ("norm", "single", D("6.4")),
        ("norm", "single", D("0.36096")),
    ]
    kitchen.read("2026-12", "15")
    bath.read("2026-12", "60")
    world.bill("2026-12", provider=USTEK)
    assert world.used(provider=USTEK) == 15
    world.check_books()


def test_bl3_periods_billed_out_of_order_are_charged_once(world: World) -> None:
    world.open(account_line())
    world.meter().read("2026-08", "0").read("2026-09", "10").read("2026-10", "30").read("2026-11", "60")
    world.bill("2026-09")
    world.leave_out("2026-10")
    world.bill("2026-11", "2026-10")
    assert [world.lines(period)[0][2] for period in ("2026-09", "2026-10", "2026-11")] == [10, 20, 30]


def test_bl3_a_first_month_without_an_opening_reading_is_not_paid_back_in_the_second(world: World) -> None:
    """The norm of the first month is all that will ever be charged for it: the register's first reading ends it."""
    world.open(account_line(people=1))
    meter = world.meter().read("2026-09", "500")
    world.bill("2026-09")
    assert [line[0] for line in world.lines("2026-09")] == ["norm"]
    meter.read("2026-10", "530")
    world.bill("2026-10")
    assert world.lines("2026-10") == [("actual", "single", 30, D("142.50"))]
    assert world.balance() == (98 + 30) * D("4.75")
    # The next one that is estimated and read is taken back as ever.
    world.bill("2026-11")
    meter.read("2026-12", "600")
    world.bill("2026-12")
    assert [line[0] for line in world.lines("2026-12")] == ["recalculation", "actual"]
    assert world.balance() == (98 + 100) * D("4.75")
    world.check_books()


def test_bl3_months_read_at_once_do_not_raise_the_average(world: World) -> None:
    world.open(account_line(people=1))
    meter = (
        world.meter()
        .read("2026-03", "0")
        .read("2026-04", "100")
        .read("2026-05", "200")
        .read("2026-06", "300")
    )
    world.bill("2026-04", "2026-05", "2026-06", "2026-07", "2026-08")
    # Three months at once: 300.
    meter.read("2026-09", "600")
    world.bill("2026-09", "2026-10")
    assert world.lines("2026-10") == [("average", "single", 100, 475)]


steps = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 3)), min_size=7, max_size=7)
COUNT = iter(range(1, 10_000))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_bl3_however_late_readings_come_the_sum_is_what_the_register_counted(
    world: World, steps: list[tuple[int, int]]
) -> None:
    """Each month's reading arrives that many months after its bill; the last one in time settles everything."""
    number = f"75{next(COUNT):08d}"
    world.open(account_line(number))
    meter = world.meter(number).read("2026-04", "1000")
    value, arrives = Decimal(1000), []
    for index, (used, delay) in enumerate(steps):
        value += used
        arrives.append((index + delay if index < len(steps) - 1 else index, MONTHS[index], value))
    for index, period in enumerate(MONTHS):
        for when, of, reading in arrives:
            if when == index:
                meter.read(of, str(reading))
        world.bill(period)
    assert world.used(number) == value - 1000
    assert world.balance(number) == (value - 1000) * D("4.75")
    world.meters.clear()
    world.forget_bills()


def test_bl3_an_earlier_period_billed_late_does_not_take_back_a_later_ones_estimate(world: World) -> None:
    world.open(account_line(people=1))
    meter = world.meter().read("2026-08", "0").read("2026-09", "10")
    world.bill("2026-09")
    world.leave_out("2026-10")
    world.bill("2026-11")
    meter.read("2026-10", "30")
    world.bill("2026-10")
    assert world.lines("2026-10") == [("actual", "single", 20, 95)]
    meter.read("2026-12", "70")
    world.bill("2026-12")
    assert [line[0] for line in world.lines("2026-12")] == ["recalculation", "actual"]
    assert world.used() == 70
    world.check_books()


def test_mt1_a_replaced_meter_is_charged_beside_the_new_one_and_nothing_is_lost(world: World) -> None:
    world.open(account_line())
    old = world.meter(serial="OLD").read("2026-08", "100").read("2026-09", "150")
    world.bill("2026-09")
    # Replaced on the 10th: the old one ends at 180, the new one begins at 5 and stands at 45 on the 1st.
    old.read("2026-10", "180", at=local("2026-10-10T00:00:00").isoformat())
    new = world.meter(serial="NEW").read("2026-09", "5", at=local("2026-10-10T00:00:00").isoformat())
    new.read("2026-10", "45")
    world.bill("2026-10")
    assert world.lines("2026-10") == [
        ("actual", "single", 30, D("142.50")),
        ("actual", "single", 40, D("190.00")),
    ]
    world.meters.remove(old)
    new.read("2026-11", "95")
    world.bill("2026-11")
    assert world.lines("2026-11") == [("actual", "single", 50, D("237.50"))]
    assert world.used() == 50 + 30 + 40 + 50
    world.check_books()


def test_mt1_a_new_meter_that_was_not_read_since_it_came_holds_up_nothing(world: World) -> None:
    world.open(account_line())
    old = world.meter(serial="OLD").read("2026-09", "150")
    old.read("2026-10", "180", at=local("2026-10-28T00:00:00").isoformat())
    new = world.meter(serial="NEW")
    # As metering has it: the opening reading is the closing one, too.
    moment = local("2026-10-28T00:00:00").isoformat()
    new.read("2026-09", "5", at=moment).read("2026-10", "5", at=moment)
    world.bill("2026-10")
    assert [line[:3] for line in world.lines("2026-10")] == [
        ("actual", "single", 30),
        ("actual", "single", 0),
    ]
    world.meters.remove(old)
    del new.readings["1.8.0"]["2026-10"]
    new.read("2026-11", "65")
    world.bill("2026-11")
    assert [line[:3] for line in world.lines("2026-11")] == [("actual", "single", 60)]
    assert world.used() == 90
    world.check_books()


def test_mt3_an_inspectors_reading_below_what_was_billed_is_a_credit(world: World) -> None:
    world.open(account_line())
    meter = world.meter().read("2026-08", "900").read("2026-09", "1200")
    world.bill("2026-09")
    # The inspector reads 1000: the customer's 1200 no longer counts.
    del meter.readings["1.8.0"]["2026-09"]
    meter.read("2026-10", "1000", at=local("2026-10-20T12:00:00").isoformat())
    world.bill("2026-10")
    assert world.lines("2026-10") == [("actual", "single", -200, D("-950.00"))]
    assert (world.used(), world.balance()) == (100, D("475.00"))
    world.check_books()

"""Bill runs on a real database (BL-4): the chain of bills, exactly once, resumed wherever they stopped."""

from __future__ import annotations

import eventlet
import pytest

from contracts.identifiers import account_id
from services.billing.handlers import payments, runs
from tests.billing.world import URAL, USTEK, D, World, account_line, local, payment, refused
from tests.support_code.waiting import eventually

WAITING = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


def numbers(count: int) -> list[str]:
    return [f"74000000{number:02d}" for number in range(1, count + 1)]


def test_bl4_two_months_with_payments_between_make_one_chain(world: World) -> None:
    world.open(account_line())
    meter = world.meter().read("2026-09", "100").read("2026-10", "200").read("2026-11", "340")
    world.pay(amount="50", paid_at=local("2026-10-05T10:00:00"))
    world.bill("2026-10")
    world.pay(amount="300")
    world.pay(amount="125.25")
    world.bill("2026-11")
    shown = [
        (row["period"], row["opening"], row["paid"], row["charged"], row["closing"]) for row in world.bills()
    ]
    assert shown == [
        ("2026-10", 0, 50, 475, 425),
        ("2026-11", 425, D("425.25"), 665, D("664.75")),
    ]
    assert world.lines("2026-10") == [("actual", "single", 100, 475)]
    assert world.balance() == D("664.75")
    assert [str(row["due_on"]) for row in world.bills()] == ["2026-11-15", "2026-12-15"]
    issued = world.announced("bill_issued")
    assert [(event["period"], event["charged"], event["to_pay"]) for event in issued] == [
        ("2026-10", "475.00", "425.00"),
        ("2026-11", "665.00", "664.75"),
    ]
    assert meter.serial == "M1"
    world.check_books()


def test_bl4_a_period_that_is_not_over_in_the_providers_zone_cannot_be_billed(world: World) -> None:
    world.open(account_line())
    world.now = local("2026-11-30T23:59:59")
    assert refused(lambda: world.start("2026-11")).code == "period_not_over"
    world.now = local("2026-12-01T00:00:00")
    assert world.start("2026-11")["state"] == "running"
    assert refused(lambda: world.start("2026-11", "nobody")).code == "unknown_provider"


def test_bl4_a_page_issued_twice_charges_once(world: World) -> None:
    world.open(account_line())
    world.meter().read("2026-10", "100").read("2026-11", "200")
    world.start("2026-11")
    step = world.next_page()
    assert world.issue(*step) == 1
    # Whoever was overtaken with the same page writes nothing, not even where the run stands.
    assert refused(lambda: world.issue(*step)).code == "run_overtaken"
    assert world.balance() == 475
    assert len(world.announced("bill_issued")) == 1
    [run] = world.rows("select bills, charged from bill_run")
    assert (run["bills"], run["charged"]) == (1, 475)
    world.check_books()


def test_bl4_two_workers_with_the_same_page_issue_it_once(world: World) -> None:
    world.open(*(account_line(number) for number in numbers(3)))
    for number in numbers(3):
        world.meter(number).read("2026-10", "100").read("2026-11", "200")
    world.start("2026-11")
    run, page = world.next_page()
    rows = world.quantities("2026-11", page)
    rules = world.tools.rules[URAL]
    with world.database.transaction() as tx:
        assert runs.issue_page(world.call(tx), rules, dict(run), page, rows) == 3
        other = eventlet.spawn(refused, lambda: world.issue(run, page))
        eventually(lambda: world.rows(WAITING))
    assert other.wait().code == "run_overtaken"
    assert [world.balance(number) for number in numbers(3)] == [475] * 3
    [run] = world.rows("select bills, charged from bill_run")
    assert (run["bills"], run["charged"]) == (3, 1425)
    assert len(world.announced("bill_issued")) == 3
    world.check_books()


def test_bl4_a_run_goes_on_from_its_cursor_and_its_report_adds_up(world: World) -> None:
    world.open(*(account_line(number) for number in numbers(5)))
    started = world.start("2026-11")
    assert started["accounts"] == 5
    world.issue(*world.next_page(2))
    again = world.start("2026-11")
    assert (again["run"], again["bills"]) == (started["run"], 2)
    sizes = []
    while (step := world.next_page(2))[1]:
        sizes.append(world.issue(*step))
    assert sizes == [2, 1]
    world.do(runs.finish, step[0])
    world.do(runs.finish, step[0])
    [run] = world.rows("select state, bills, charged from bill_run")
    assert (run["state"], run["bills"], run["charged"]) == ("done", 5, 5 * D("931.00"))
    assert [event["bills"] for event in world.announced("bill_run_finished")] == [5]
    assert len({event["account"] for event in world.announced("bill_issued")}) == 5
    world.check_books()


def test_bl4_a_page_that_fails_leaves_nothing_behind(world: World) -> None:
    world.open(account_line())
    world.meter().read("2026-10", "100").read("2026-11", "200")
    world.start("2026-11")
    run, page = world.next_page()
    broken = [row | {"closing_at": "never"} for row in world.quantities("2026-11", page)]
    with pytest.raises(ValueError, match="never"):
        world.do(runs.issue_page, world.tools.rules[URAL], dict(run), page, broken)
    assert (world.bills(), world.balance()) == ([], 0)
    assert world.next_page()[1] == page
    assert world.issue(run, page) == 1


def test_bl4_accounts_that_came_after_a_finished_run_get_their_bills_when_it_is_started_again(
    world: World,
) -> None:
    world.open(account_line(numbers(2)[1]))
    world.bill("2026-11")
    world.open(account_line(numbers(2)[0]))
    world.bill("2026-11")
    assert [len(world.bills(number)) for number in numbers(2)] == [1, 1]
    [run] = world.rows("select state, accounts, bills from bill_run")
    assert (run["state"], run["accounts"], run["bills"]) == ("done", 2, 2)
    world.check_books()


def test_bl4_an_account_opened_after_the_period_has_no_bill_for_it(world: World) -> None:
    world.open(account_line(opened_on="2026-12-01"), account_line("7400000002", opened_on="2026-11-30"))
    world.bill("2026-11")
    assert (world.bills(), world.balance()) == ([], 0)
    assert len(world.bills("7400000002")) == 1
    world.bill("2026-12")
    assert len(world.bills()) == 1


def test_bl4_an_account_that_cannot_be_charged_does_not_hold_up_the_others(world: World) -> None:
    world.open(*(account_line(number) for number in numbers(3)))
    world.meter(numbers(3)[1], zones={"1.8.1": "day", "1.8.2": "night"}).read("2026-10", "1", "1").read(
        "2026-11", "2", "2"
    )
    world.bill("2026-11")
    assert [len(world.bills(number)) for number in numbers(3)] == [1, 0, 1]
    assert world.balance(numbers(3)[1]) == 0
    world.meters.clear()
    world.bill("2026-11")
    assert [len(world.bills(number)) for number in numbers(3)] == [1, 1, 1]
    world.check_books()


def test_bl3_an_account_without_a_meter_is_charged_by_the_norm(world: World) -> None:
    world.open(account_line(people=2), account_line("7400000002", people=0))
    world.bill("2026-11")
    assert world.lines("2026-11") == [("norm", "single", 196, 931)]
    assert [(row["charged"], row["closing"]) for row in world.bills("7400000002")] == [(0, 0)]
    world.check_books()


def test_bl2_heating_by_area_and_hot_water_in_two_parts_are_one_bill(world: World) -> None:
    world.open(account_line(tariffs="hot_water-1 heating-1", area="50"), provider=USTEK)
    world.meter(provider=USTEK, resource="hot_water", unit="m3", zones={"8.1.0": "single"}).read(
        "2026-10", "10"
    ).read("2026-11", "13")
    world.bill("2026-11", provider=USTEK)
    assert world.lines("2026-11", provider=USTEK) == [
        ("actual", "single", 3, D("129.60")),
        ("actual", "single", D("0.1692"), D("373.93")),
        ("norm", "single", D("1.83"), D("4044.30")),
    ]
    assert world.balance(provider=USTEK) == D("4547.83")
    credits = world.rows("select credit from transfer order by credit")
    assert [row["credit"] for row in credits] == ["revenue:heating", "revenue:hot_water", "vat"]
    world.check_books()


def test_bl4_a_payment_that_waits_for_a_page_counts_on_the_next_bill(world: World) -> None:
    world.open(account_line())
    world.bill("2026-10")
    world.now = local("2026-12-02T10:00:00")
    world.start("2026-11")
    run, page = world.next_page()
    # The clock of the payment's transaction was read before that of the bill's.
    event, late = payment(amount="100"), world.now
    with world.database.transaction() as tx:
        world.now = local("2026-12-02T10:00:01")
        runs.issue_page(world.call(tx), world.tools.rules[URAL], dict(run), page, [])
        world.now = late
        other = eventlet.spawn(world.do, payments.post_payment, event)
        eventually(lambda: world.rows(WAITING))
    other.wait()
    world.do(runs.finish, world.next_page()[0])
    world.bill("2026-12")
    assert [row["paid"] for row in world.bills()] == [0, 0, 100]
    assert world.balance() == 3 * 931 - 100
    world.check_books()


def test_bl4_a_payment_that_a_page_waits_for_counts_on_its_bill_only(world: World) -> None:
    world.open(account_line())
    world.bill("2026-10")
    world.now = local("2026-12-02T10:00:00")
    world.start("2026-11")
    run, page = world.next_page()
    with world.database.transaction() as tx:
        world.now = local("2026-12-02T10:00:01")
        payments.post_payment(world.call(tx), payment(amount="100"))
        world.now = local("2026-12-02T10:00:00")
        other = eventlet.spawn(world.issue, run, page)
        eventually(lambda: world.rows(WAITING))
    assert other.wait() == 1
    world.do(runs.finish, world.next_page()[0])
    world.bill("2026-12")
    assert [row["paid"] for row in world.bills()] == [0, 100, 0]
    world.check_books()


def test_bl1_the_register_is_imported_once_and_a_dry_run_writes_nothing(world: World) -> None:
    lines = [account_line(), account_line("12"), account_line("7400000002")]
    dry = world.open(*lines, dry_run=True)
    assert (dry["lines"], dry["good"], dry["added"]) == (3, 2, 0)
    assert dry["bad"] == [{"line": 3, "code": "number_format", "column": "number"}]
    assert world.rows("select 1 from account") == []
    assert (world.open(*lines)["added"], world.open(*lines)["added"]) == (2, 0)
    assert len(world.rows("select 1 from balance where amount = 0 and currency = 'RUB'")) == 2
    opened = world.announced("account_opened")
    assert {(event["number"], event["account"]) for event in opened} == {
        (number, account_id(URAL, number)) for number in ("7400000001", "7400000002")
    }
    assert refused(lambda: world.open(provider="nobody")).code == "unknown_provider"

"""Runs and bills that are taken back (BL-4): rows of their own, account by account, nothing lost and nothing twice."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg2 import DatabaseError

from contracts.identifiers import account_id, new_id
from services.billing.handlers import running, withdrawing
from services.billing.store import bills as store
from services.billing.store import runs as run_store
from tests.billing.world import ACCOUNTANT, URAL, D, World, account_line, refused

NUMBERS = ("7400000001", "7400000002", "7400000003")


def opened(world: World, *numbers: str) -> None:
    """Accounts with a meter each, that used 100 kWh in October and 60 in November 2026."""
    world.open(*(account_line(number) for number in numbers))
    for number in numbers:
        world.meter(number, serial=f"M{number}").read("2026-09", "0").read("2026-10", "100").read(
            "2026-11", "160"
        )


def run_of(world: World, period: str) -> str:
    [row] = world.rows("select id::text as run from bill_run where period = :period", period=period)
    return str(row["run"])


def cancel(world: World, period: str) -> dict[str, Any]:
    """The accountant cancels, and the job does the work."""
    run = run_of(world, period)
    world.do(withdrawing.cancel, run, "a wrong tariff", subject=ACCOUNTANT)
    while (standing := world.ask(lambda call: run_store.progress(call.tx, run)))["state"] == "withdrawing":
        page = world.ask(lambda call, at=standing: run_store.next_bills(call.tx, run, at["cursor"], 2))
        if page:
            world.do(withdrawing.withdraw_page, standing, page)
        else:
            world.do(withdrawing.finish, standing)
    [row] = world.rows(
        "select state, bills, charged, withdrawn from bill_run where id = cast(:run as uuid)", run=run
    )
    return row


def test_bl4_a_canceled_run_gives_everything_back_and_money_paid_stays_as_credit(world: World) -> None:
    opened(world, *NUMBERS)
    world.bill("2026-10")
    world.pay(NUMBERS[0], "475")
    assert [world.balance(number) for number in NUMBERS] == [0, 475, 475]
    assert cancel(world, "2026-10") == {"state": "withdrawn", "bills": 0, "charged": 0, "withdrawn": 3}
    assert [world.balance(number) for number in NUMBERS] == [-475, 0, 0]
    told = world.announced("bill_withdrawn")
    assert [(one["account"], one["charged"], one["balance"]) for one in told] == [
        (account_id(URAL, number), "475.00", balance)
        for number, balance in sorted(
            zip(NUMBERS, ("-475.00", "0.00", "0.00"), strict=True), key=lambda one: account_id(URAL, one[0])
        )
    ]
    # The bills are still there, and say since when they count no more.
    [row] = world.rows(
        "select count(*) as bills, count(w.bill) as gone from bill left join bill_withdrawal w on w.bill = id"
    )
    assert row == {"bills": 3, "gone": 3}
    world.check_ledger()


def test_bl4_a_run_that_was_withdrawn_is_started_anew_and_makes_further_revisions(world: World) -> None:
    opened(world, NUMBERS[0])
    world.bill("2026-10")
    cancel(world, "2026-10")
    world.bill("2026-10", "2026-11")
    shown = world.rows(
        """select b.period, b.revision, b.number, b.charged, b.opening, b.closing, f.bill is not null as in_force
           from bill b left join bill_in_force f on f.bill = b.id order by b.issued_at"""
    )
    assert [(row["period"], row["revision"], row["number"][11:], row["in_force"]) for row in shown] == [
        ("2026-10", 1, "202610", False),
        ("2026-10", 2, "202610-2", True),
        ("2026-11", 1, "202611", True),
    ]
    # What the register counted is charged once.
    assert [row["charged"] for row in shown] == [475, 475, 285] and world.balance() == 760
    assert (shown[1]["opening"], shown[2]["opening"]) == (0, 475)
    world.check_ledger()


def test_bl4_a_run_is_canceled_while_it_is_at_work(world: World) -> None:
    opened(world, *NUMBERS)
    world.start("2026-10")
    step = world.next_page(2)
    world.issue(*step)
    assert cancel(world, "2026-10") == {"state": "withdrawn", "bills": 0, "charged": 0, "withdrawn": 2}
    # Whoever made bills meanwhile is too late.
    assert refused(lambda: world.issue(*step)).code == "run_overtaken"
    assert [world.balance(number) for number in NUMBERS] == [0, 0, 0]


def test_bl4_a_bill_that_a_later_one_stands_on_is_left_and_named(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    opened(world, *NUMBERS[:2])
    world.bill("2026-10")
    world.open(account_line(NUMBERS[2]))
    world.bill("2026-10", "2026-11")
    [newest] = [row for row in world.bills(NUMBERS[0]) if row["period"] == "2026-11"]
    world.do(withdrawing.withdraw_one, newest["bill"], "a wrong reading", subject=ACCOUNTANT)
    assert cancel(world, "2026-10")["withdrawn"] == 1
    logged = capsys.readouterr().out
    assert logged.count("bill_not_withdrawn") == 2 and account_id(URAL, NUMBERS[1]) in logged
    assert world.balance(NUMBERS[0]) == 0 and world.balance(NUMBERS[1]) == 760
    world.check_ledger()


def test_bl4_one_bill_alone(world: World) -> None:
    opened(world, NUMBERS[0])
    world.bill("2026-10", "2026-11")
    first, second = (row["bill"] for row in world.bills())
    assert (
        refused(lambda: world.do(withdrawing.withdraw_one, first, "wrong", subject=ACCOUNTANT)).code
        == "later_bill"
    )
    gone = world.do(withdrawing.withdraw_one, second, "wrong", subject=ACCOUNTANT)
    assert gone["withdrawn_at"] == world.now and world.balance() == 475
    again = refused(lambda: world.do(withdrawing.withdraw_one, second, "wrong", subject=ACCOUNTANT))
    assert again.code == "bill_not_in_force"
    missing = refused(lambda: world.do(withdrawing.withdraw_one, new_id(), "wrong", subject=ACCOUNTANT))
    assert missing.code == "bill_not_found"
    world.bill("2026-11")
    assert world.balance() == 760
    world.check_ledger()


def test_bl3_an_estimate_is_open_again_once_the_bill_that_took_it_back_is_gone(world: World) -> None:
    world.open(account_line(people=1))
    meter = world.meter().read("2026-09", "0")
    world.bill("2026-10")
    meter.read("2026-10", "50").read("2026-11", "80")
    world.bill("2026-11")
    assert [line[0] for line in world.lines("2026-11")] == ["recalculation", "actual"]
    [_, second] = (row["bill"] for row in world.bills())
    world.do(withdrawing.withdraw_one, second, "wrong", subject=ACCOUNTANT)
    assert (
        len(world.ask(lambda call: store.open_estimates(call.tx, [account_id(URAL, NUMBERS[0])], "2026-11")))
        == 1
    )
    world.bill("2026-11")
    assert world.balance() == 80 * D("4.75")
    world.check_ledger()


@pytest.mark.parametrize("table", ["transfer", "bill", "charge_line", "bill_withdrawal", "recalculation"])
def test_bl5_what_was_written_is_never_changed(world: World, table: str) -> None:
    opened(world, NUMBERS[0])
    world.bill("2026-10")
    cancel(world, "2026-10")
    [column] = world.rows(
        """select attname from pg_attribute where attrelid = cast(:table as regclass) and attnum > 1 limit 1""",
        table=table,
    )
    name = column["attname"]
    for statement in (
        f"update {table} set {name} = {name}",
        f"delete from {table}",
        f"truncate {table} cascade",
    ):
        with pytest.raises(DatabaseError, match="only appended to"), world.database.transaction() as tx:
            tx.run(statement)


def test_bl4_a_run_of_a_wrong_period_is_refused(world: World) -> None:
    opened(world, NUMBERS[0])
    assert refused(lambda: world.start("0277-01")).code == "deadline_missing"
    world.bill("2026-10")
    late = refused(lambda: world.start("2026-09"))
    assert (late.code, late.fields) == ("period_closed", {"period": "2026-09", "last": "2026-10"})
    # Taken up again it may be at any time.
    assert world.start("2026-10")["state"] == "running"
    cancel(world, "2026-10")
    # And what was withdrawn altogether closes nothing.
    assert world.start("2026-09")["state"] == "running"


def test_bl4_a_run_that_is_being_withdrawn_cannot_be_started(world: World) -> None:
    opened(world, NUMBERS[0])
    world.bill("2026-10")
    run = run_of(world, "2026-10")
    world.do(withdrawing.cancel, run, "wrong", subject=ACCOUNTANT)
    assert refused(lambda: world.start("2026-10")).code == "run_state"
    missing = refused(lambda: world.do(withdrawing.cancel, new_id(), "wrong", subject=ACCOUNTANT))
    assert missing.code == "not_found"
    assert running.TURN > 0

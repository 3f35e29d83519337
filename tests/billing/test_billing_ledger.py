"""Payments, statements, preliminary charges and standings, on a real database (BL-5, BL-6, PY-4)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authorisation.subject import Subject
from contracts.events.payments import PaymentPart
from contracts.identifiers import account_id, new_id
from services.billing import views
from services.billing.handlers import accounts, payments
from services.billing.store import accounts as account_store
from tests.billing.world import URAL, USTEK, D, World, account_line, local, payment, refused

ONE, TWO = "7400000001", "7400000002"


def test_py4_a_payment_is_posted_once_however_often_it_comes(world: World) -> None:
    world.open(account_line())
    event = world.pay(amount="123.45")
    for _ in range(3):
        world.do(payments.post_payment, event)
    assert world.balance() == D("-123.45")
    # Told again each time, since whoever announces it again has not heard.
    told = world.announced("payment_posted")
    assert len(told) == 4
    for posted in told:
        assert (posted["payment"], posted["amount"], posted["balance"]) == (
            event.payment,
            "123.45",
            "-123.45",
        )
    world.check_books()


def test_py4_an_unknown_account_holds_up_no_other_part_and_is_posted_once_its_register_comes(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.open(account_line())
    part = PaymentPart(account=account_id(URAL, TWO), provider=URAL, amount=D(7))
    event = payment(ONE, "5", more=(part,))
    world.do(payments.post_payment, event)
    assert world.balance() == -5
    assert "account_unknown" in capsys.readouterr().out
    assert [one["account"] for one in world.announced("payment_posted")] == [account_id(URAL, ONE)]
    world.open(account_line(TWO))
    world.do(payments.post_payment, event)
    assert (world.balance(), world.balance(TWO)) == (-5, -7)
    world.check_books()


def test_py1_two_parts_for_the_same_account_are_both_posted(world: World) -> None:
    world.open(account_line())
    part = PaymentPart(account=account_id(URAL, ONE), provider=URAL, amount=D(7))
    world.do(payments.post_payment, payment(ONE, "5", more=(part,)))
    assert world.balance() == -12
    world.check_books()


def test_py1_money_of_another_currency_is_not_posted(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.open(account_line())
    world.do(payments.post_payment, payment(currency="UAH"))
    assert "currency_differs" in capsys.readouterr().out and world.announced("payment_posted") == []
    assert world.balance() == 0


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amounts=st.lists(st.decimals("0.01", "99999.99", places=2), min_size=1, max_size=4),
    order=st.lists(st.integers(0, 3), max_size=8),
)
def test_bl5_any_repetition_of_payments_leaves_the_sum_of_each_once(
    world: World, amounts: list[Decimal], order: list[int]
) -> None:
    world.open(account_line())
    before = world.balance()
    events = [payment(amount=str(amount)) for amount in amounts]
    for index in [*order, *range(len(events))]:
        world.do(payments.post_payment, events[index % len(events)])
    assert world.balance() == before - sum(amounts)
    world.check_books()


def test_bl5_the_books_notice_a_balance_that_is_not_its_transfers(world: World) -> None:
    world.open(account_line(), account_line(TWO))
    world.open(account_line(tariffs="heating-1"), provider=USTEK)
    world.pay()
    world.check_books()
    world.do(lambda call: call.tx.run("update balance set amount = amount + 0.01 where amount < 0"))
    totals = world.ask(views.books)["totals"]
    assert [(row["provider"], row["total"]) for row in totals] == [(URAL, D("0.01")), (USTEK, 0)]


def test_bl5_a_statement_is_of_local_days_and_its_balances_follow(world: World) -> None:
    world.open(account_line())
    for at, amount in (
        ("2026-11-09T23:59:59", "1"),
        ("2026-11-10T00:00:00", "2"),
        ("2026-11-12T23:59:59", "4"),
        ("2026-11-13T00:00:00", "8"),
    ):
        world.pay(amount=amount, paid_at=local(at))
    who, account = world.person(), account_id(URAL, ONE)
    found = world.ask(
        views.statement, world.tools, account, date(2026, 11, 10), date(2026, 11, 12), subject=who
    )
    assert (found["opening"], found["closing"]) == (-1, -7)
    assert [(item["amount"], item["balance"], item["counterpart"]) for item in found["movements"]] == [
        (-2, -3, "clearing:yookassa"),
        (-4, -7, "clearing:yookassa"),
    ]
    everything = (world.tools, account, date(2026, 1, 1), date(2026, 12, 31))
    assert world.ask(views.statement, *everything, subject=who)["closing"] == world.balance()


def test_bl6_the_preliminary_charge_is_what_the_bill_says_later(world: World) -> None:
    world.open(account_line(tariffs="electricity-2"))
    world.pay(amount="10")
    zones = {"1.8.1": "day", "1.8.2": "night"}
    world.meter(zones=zones).read("2026-10", "100", "50").read("2026-11", "220", "110.5")
    request = {
        "account": account_id(URAL, ONE),
        "resource": "electricity",
        "unit": "kWh",
        "serial": "M1",
        "period": "2026-11",
        "quantities": [
            {"zone": "day", "register": "1.8.1", "value": D(220), "previous": D(100), "consumption": D(120)},
            {"zone": "night", "register": "1.8.2", "value": D("110.5"), "previous": D(50), "consumption": D("60.5")},
        ],
    }  # fmt: skip
    who = world.person()
    said = world.ask(views.preliminary, world.tools, request, subject=who)
    assert (said["total"], said["to_pay"], said["complete"]) == (D("835.49"), D("825.49"), True)
    world.bill("2026-11")
    [bill] = world.bills()
    assert (bill["charged"], bill["closing"]) == (said["total"], said["to_pay"])
    shown = world.ask(views.bill, bill["bill"], subject=who)["lines"]
    names = ("zone", "consumption", "price", "amount", "vat", "rule", "formula", "opening", "closing")
    assert [[line[name] for name in names] for line in said["lines"]] == [
        [line[name] for name in names] for line in shown
    ]
    request["quantities"][0]["consumption"] = None
    assert world.ask(views.preliminary, world.tools, request, subject=who)["complete"] is False


def test_bl12_every_line_of_a_bill_opens_to_its_formula_and_inputs(world: World) -> None:
    world.open(account_line())
    world.meter().read("2026-10", "100").read("2026-11", "220.5")
    world.bill("2026-11")
    [line] = world.ask(views.bill, world.bills()[0]["bill"], subject=world.person())["lines"]
    assert line["formula"] == "120.5 kWh x 4.75"
    assert (line["rule"], line["source"]) == ("electricity-1 of 2026-01-01", "cabinet")
    assert (line["opening"], line["closing"], line["amount"]) == (100, D("220.5"), D("572.38"))


def test_bl1_delivery_is_changed_and_announced_once(world: World) -> None:
    world.open(account_line())
    who, account = world.person(), account_id(URAL, ONE)
    for _ in range(2):
        assert world.do(accounts.set_delivery, account, "email", subject=who)["delivery"] == "email"
    [event] = world.announced("delivery_changed")
    assert (event["account"], event["provider"], event["delivery"]) == (account, URAL, "email")


def test_ly1_a_standing_that_comes_late_does_not_replace_a_newer_one(world: World) -> None:
    account = account_id(URAL, ONE)

    def hear(level: str, points: int, at: str) -> None:
        world.do(lambda call: account_store.save_standing(call.tx, account, level, points, local(at)))

    hear("promising", 12, "2026-11-10T10:00:00")
    hear("beginner", 9, "2026-11-09T10:00:00")
    world.open(account_line())  # the standing came before the account
    world.bill("2026-11")
    hear("ideal", 50, "2026-12-05T10:00:00")
    world.bill("2026-12")
    rows = world.rows("select level, points from bill order by period")
    assert [(row["level"], row["points"]) for row in rows] == [("promising", 12), ("ideal", 50)]


def test_bl5_a_foreign_account_or_bill_is_not_found_in_any_question(world: World) -> None:
    world.open(account_line())
    world.bill("2026-11")
    account, bill = account_id(URAL, ONE), world.bills()[0]["bill"]
    day = date(2026, 11, 1)
    request = {
        "account": account, "resource": "electricity", "unit": "kWh", "serial": "M1",
        "period": "2026-11", "quantities": [],
    }  # fmt: skip
    for stranger in (world.person(TWO), Subject("person", new_id())):
        for act, code in (
            (lambda who=stranger: world.ask(views.account, account, subject=who), "not_found"),
            (lambda who=stranger: world.ask(views.payable, [account], subject=who), "not_found"),
            (lambda who=stranger: world.ask(views.bill, bill, subject=who), "bill_not_found"),
            (lambda who=stranger: world.ask(views.bill, new_id(), subject=who), "bill_not_found"),
            (lambda who=stranger: world.ask(views.statement, world.tools, account, day, day, subject=who), "not_found"),
            (lambda who=stranger: world.ask(views.preliminary, world.tools, request, subject=who), "not_found"),
            (lambda who=stranger: world.do(accounts.set_delivery, account, "email", subject=who), "not_found"),
        ):  # fmt: skip
            assert refused(act).code == code
        assert world.ask(views.overview, subject=stranger) == {"accounts": []}
    reader = world.person(ONE, "see")
    assert refused(lambda: world.ask(views.payable, [account], subject=reader)).code == "not_found"

"""Webhooks (PY-4): stored first, believed only as far as the system confirms them when asked."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import eventlet
import pytest
from yookassa import Payment

from contracts.identifiers import new_id
from services.payments.adapters.yookassa_system import NETWORKS, YooKassaSystem
from services.payments.handlers import creating, webhooks
from services.payments.ports import payment_systems as systems
from tests.payments.world import POOR_CARD, World, total


def test_py4_a_paid_payment_succeeds_and_wants_one_receipt(world: World) -> None:
    payment = world.create("300.00", "0.01")
    assert world.told(world.pay(payment)) == "succeeded"
    row = world.payment(payment)
    assert (row["state"], row["doubt"]) == ("succeeded", None) and row["finished_at"] == world.clock.now()
    assert world.receipt(payment)["state"] == "wanted"
    [event] = world.announced()
    assert world.announced_names() == ["payment_succeeded"]
    assert (event["payment"], event["person"], event["channel"]) == (
        payment["payment"],
        world.person,
        "cabinet",
    )
    assert Decimal(event["total"]) == total(event["parts"]) == Decimal("300.01")
    there = Payment.find_one(world.external(payment))
    assert row["paid_at"].isoformat()[:19] == str(there.captured_at)[:19]


def test_py4_a_webhook_sent_a_thousand_times_has_one_effect(world: World) -> None:
    times = 1000
    payment = world.create()
    notice = world.notice(world.pay(payment))
    outcomes = [world.ask("webhook", "", **notice)["outcome"] for _ in range(times)]
    assert outcomes == ["succeeded", *["repeated"] * (times - 1)]
    assert world.announced_names() == ["payment_succeeded"]
    assert [row["times"] for row in world.rows("select times from webhook")] == [times]
    assert len(world.rows("select payment from receipt")) == 1


def test_py4_the_same_webhook_many_times_at_once_has_one_effect(world: World) -> None:
    payment = world.create()
    notice = world.notice(world.pay(payment))
    pool = eventlet.GreenPool()
    outcomes = list(pool.imap(lambda _: world.ask("webhook", "", **notice)["outcome"], range(10)))
    assert outcomes.count("succeeded") == 1 and set(outcomes) <= {"succeeded", "unchanged", "repeated"}
    assert world.announced_names() == ["payment_succeeded"]
    assert len(world.rows("select payment from receipt")) == 1


def test_py4_a_canceled_payment_is_announced(world: World) -> None:
    payment = world.create()
    assert world.told(world.pay(payment, POOR_CARD), "payment.canceled") == "canceled"
    assert (world.state(payment), world.payment(payment)["reason"]) == ("canceled", "insufficient_funds")
    [event] = world.announced("payment_canceled")
    assert (event["reason"], event["total"]) == ("insufficient_funds", "300.00")
    assert world.announced_names() == ["payment_canceled"] and world.rows("select payment from receipt") == []


def test_py8_an_order_that_nobody_paid_expires(world: World) -> None:
    payment = world.create()
    external = world.external(payment)
    world.sandbox.http.post(f"/yookassa/expire/{external}")
    assert world.told(external, "payment.canceled") == "canceled"
    assert world.payment(payment)["reason"] == "expired_on_confirmation"


def test_drill11_a_webhook_is_kept_before_anyone_is_asked(world: World) -> None:
    payment = world.create()
    external = world.pay(payment)
    world.sandbox.fault("yookassa.get", "down")
    notice = world.notice(external)
    # Not 200 to the system: it repeats.
    assert world.refused("webhook", "", **notice).code == "payment_system_unavailable"
    [kept] = world.rows("select * from webhook")
    assert (kept["object_id"], kept["event"], kept["body"]) == (external, "payment.succeeded", notice["body"])
    assert (kept["handled_at"], kept["remote"]) == (None, "127.0.0.1") and world.state(payment) == "pending"
    assert world.ask("webhook", "", **notice)["outcome"] == "succeeded"
    [kept] = world.rows("select * from webhook")
    assert (kept["outcome"], kept["times"]) == ("succeeded", 2) and kept["handled_at"] is not None


def test_drill11_a_webhook_from_outside_the_network_is_refused(world: World) -> None:
    payment = world.create()
    external = world.pay(payment)
    for remote in ("185.71.76.1", "10.0.0.1", "2001:db9::1", "::", "", "localhost", "127.0.0.1, 8.8.8.8"):
        assert world.refused("webhook", "", **world.notice(external, remote=remote)).code == "webhook_refused"
    assert world.state(payment) == "pending" and world.rows("select id from webhook") == []


def test_py4_webhooks_come_from_any_address_of_the_networks(world: World) -> None:
    for remote in ("127.255.0.1", "2001:db8::7", "::ffff:127.0.0.1"):
        notice = world.notice(world.pay(world.create()), remote=remote)
        assert world.ask("webhook", "", **notice)["outcome"] == "succeeded"


def test_py4_networks_of_the_system_itself_are_the_default() -> None:
    system = YooKassaSystem(NETWORKS)
    inside = ("185.71.76.0", "185.71.77.31", "77.75.153.127", "77.75.156.35", "77.75.154.200", "2a02:5180::1")
    outside = ("185.71.76.32", "77.75.156.12", "77.75.154.1", "2a02:5181::1", "127.0.0.1", "0.0.0.0")
    assert all(map(system.trusts, inside)) and not any(map(system.trusts, outside))


@pytest.mark.parametrize(
    "body",
    [
        "{}", "[]", "null", "<xml/>", "{", '{"event": "payment.succeeded"}',
        '{"event": "payment.succeeded", "object": null}', '{"event": 1, "object": {"id": "x"}}',
        '{"event": "payment.succeeded", "object": {"id": 7}}',
        '{"event": "payment.succeeded", "object": {"id": ""}}',
        '{"event": "payment.succeeded", "object": {"id": "a\\u0000b"}}',
        '{"event": "payment.\\u0000", "object": {"id": "a"}}',
        '{"event": "payment.succeeded", "object": {"id": "../../me"}}',
        json.dumps({"event": "payment.succeeded", "object": {"id": "x" * 101}}),
        json.dumps({"event": "p" * 101, "object": {"id": "x"}}),
        '{"event": "payment.succeeded", "object": {"id": "x"}, "deep": ' + "[" * 20_000 + "]" * 20_000 + "}",
    ],
)  # fmt: skip
def test_drill15_a_body_that_cannot_be_read_is_no_notice(body: str) -> None:
    assert YooKassaSystem(NETWORKS).read_notice(body.encode()) is None


def test_drill15_an_unreadable_webhook_is_refused(world: World) -> None:
    for body in ("{", '{"event": "payment.succeeded", "object": {"id": "a\\u0000b"}}'):
        refusal = world.refused("webhook", "", system="yookassa", body=body, remote="127.0.0.1")
        assert refusal.code == "malformed_request"
    for body in ("", "x" * 65_537):
        refusal = world.refused("webhook", "", system="yookassa", body=body, remote="127.0.0.1")
        assert refusal.code in ("malformed_request", "validation_failed")
    assert world.announced() == [] and world.rows("select id from webhook") == []


def test_py2_a_webhook_of_an_unknown_system_is_refused(world: World) -> None:
    notice = world.notice(new_id()) | {"system": "liqpay"}
    assert world.refused("webhook", "", **notice).code == "webhook_refused"


def test_drill11_a_webhook_about_an_object_that_nobody_knows_changes_nothing(world: World) -> None:
    payment = world.create()
    assert world.told(new_id()) == "unknown"
    assert world.state(payment) == "pending" and world.announced() == []


def test_drill11_payments_of_the_shop_that_are_not_ours_change_nothing(world: World) -> None:
    body = {
        "amount": {"value": "5.00", "currency": "RUB"},
        "capture": True,
        "confirmation": {"type": "redirect", "return_url": "http://127.0.0.1:9/"},
    }
    for metadata in (None, {}, {"payment": "order-7"}, {"payment": "0" * 36}, {"payment": new_id()}):
        theirs = Payment.create(body if metadata is None else body | {"metadata": metadata})
        world.browser.pay(theirs.confirmation.confirmation_url, "5555555555554444")
        assert world.told(theirs.id) == "unknown"
    assert world.announced() == []


def test_drill11_a_forged_success_of_an_unpaid_payment_changes_nothing(world: World) -> None:
    payment = world.create()
    external = world.external(payment)
    for event in ("payment.succeeded", "payment.canceled", "payment.waiting_for_capture"):
        amount = {"value": "999999.99", "currency": "RUB"}
        assert world.told(external, event, status="succeeded", amount=amount) == "unchanged"
    assert world.state(payment) == "pending" and world.announced() == []
    # The same claim, once it is true, counts.
    world.pay(payment)
    assert world.told(external) == "succeeded"


def test_drill11_another_payment_that_names_ours_is_in_doubt(world: World) -> None:
    payment = world.create("5.00")
    forged = Payment.create(
        {
            "amount": {"value": "5.00", "currency": "RUB"},
            "capture": True,
            "confirmation": {"type": "redirect", "return_url": "http://127.0.0.1:9/"},
            "metadata": {"payment": payment["payment"]},
        }
    )
    world.browser.pay(forged.confirmation.confirmation_url, "5555555555554444")
    assert world.told(forged.id) == "doubt"
    row = world.payment(payment)
    assert (row["state"], row["doubt"]) == ("pending", "another_payment") and world.announced() == []


def test_drill11_an_amount_that_differs_is_in_doubt_and_never_a_success(world: World) -> None:
    payment = world.create("300.00")
    external = world.pay(payment)
    world.sandbox.fault("yookassa.get", "wrong_amount", times=2)
    assert world.told(external) == "doubt"
    row = world.payment(payment)
    assert (row["state"], row["doubt"]) == ("pending", "amount_differs")
    assert world.announced() == [] and world.rows("select payment from receipt") == []
    # It is asked about again; while the answer stays wrong, it stays open.
    assert world.look() == 1
    assert world.state(payment) == "pending"


def test_drill11_amount_and_currency_must_be_ours_to_the_kopeck(world: World) -> None:
    payment = world.create("300.00")
    external = world.external(payment)
    for amount, currency in (("300.01", "RUB"), ("299.99", "RUB"), ("300.00", "UAH")):
        remote = systems.RemotePayment(
            external, "captured", Decimal(amount), currency, payment["payment"], None, None, ""
        )
        with world.context.begin() as call:
            assert webhooks.settle(call, world.tools, payment["payment"], remote) == "doubt"
    assert world.state(payment) == "pending" and world.announced() == []


def test_py4_events_that_are_not_of_payments_are_kept_and_ignored(world: World) -> None:
    assert world.told(new_id(), "refund.succeeded") == "ignored"
    assert [row["outcome"] for row in world.rows("select outcome from webhook")] == ["ignored"]


def test_py4_out_of_order_and_late_webhooks_change_nothing_more(world: World) -> None:
    payment = world.create()
    external = world.pay(payment)
    assert world.told(external) == "succeeded"
    for event in ("payment.waiting_for_capture", "payment.canceled"):
        assert world.told(external, event) == "unchanged"
    world.clock.moment = world.clock.moment.replace(day=21)
    assert world.told(external) == "repeated"
    assert world.announced_names() == ["payment_succeeded"] and world.state(payment) == "succeeded"


def test_py4_the_webhook_may_come_before_our_answer_was_stored(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = world.order()
    system = world.tools.systems["yookassa"]
    outcomes = []
    real = system.create

    def create_and_be_paid_at_once(*arguments: Any) -> Any:
        answer = real(*arguments)
        world.browser.pay(str(answer.confirmation_url), "5555555555554444")
        outcomes.append(world.told(answer.external_id))
        return answer

    monkeypatch.setattr(system, "create", create_and_be_paid_at_once)
    answer = world.ask("create", key="key-00001", **request)
    assert outcomes == ["succeeded"] and answer["state"] == "succeeded"
    assert world.external(answer) in world.at_the_system(answer)
    assert world.announced_names() == ["payment_succeeded"]


def test_py8_a_webhook_that_never_comes_is_settled_by_asking(world: World) -> None:
    paid, poor, waiting = world.create(), world.create(), world.create()
    world.pay(paid)
    world.pay(poor, POOR_CARD)
    assert world.look(10) == 0  # too soon
    assert world.look(6) == 3
    assert [world.state(one) for one in (paid, poor, waiting)] == ["succeeded", "canceled", "pending"]
    assert sorted(world.announced_names()) == ["payment_canceled", "payment_succeeded"]
    assert world.look() == 1


def test_py4_webhook_and_janitor_at_once_have_one_effect(world: World) -> None:
    payment = world.create()
    external = world.pay(payment)
    world.clock.moment = world.clock.moment.replace(minute=1)
    pool = eventlet.GreenPool()
    for _ in range(3):
        pool.spawn(world.look, 0)
        pool.spawn(world.told, external)
    pool.waitall()
    assert world.announced_names() == ["payment_succeeded"] and world.state(payment) == "succeeded"


def test_py8_money_for_a_canceled_payment_is_not_dropped(world: World) -> None:
    payment = world.create()
    external = world.pay(payment)
    with world.database.transaction() as tx:
        tx.run("update payment set state = 'canceled'")
    assert world.told(external) == "succeeded"
    assert world.announced_names() == ["payment_succeeded"] and world.receipt(payment)["state"] == "wanted"


# --- crashes between the steps ------------------------------------------------------------------------------------


def test_drill1_a_crash_after_the_intent_leaves_a_payment_that_the_janitor_finishes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*arguments: Any) -> None:
        raise Killed

    with monkeypatch.context() as crash:
        crash.setattr(creating, "register", killed)
        with pytest.raises(Killed):
            world.ask("create", key="key-00001", **world.order())
    [row] = world.rows("select id::text as payment from payment")
    assert world.look() == 1
    assert world.state(row) == "pending" and len(world.at_the_system(row)) == 1


def test_drill1_a_crash_after_the_systems_answer_makes_no_second_payment(world: World) -> None:
    request = world.order()
    world.sandbox.fault("yookassa.create", "down")
    world.refused("create", key="key-00001", **request)
    [row] = world.rows("select id::text as payment, return_url from payment")
    # What register does before its process dies: the call alone.
    with world.database.snapshot() as tx:
        number = tx.value("select number from payment_part")
    remote = world.tools.systems["yookassa"].create(
        row["payment"], Decimal("300.00"), "RUB", f"Оплата: {number}", row["return_url"]
    )
    assert world.look() == 1
    assert world.at_the_system(row) == [remote.external_id] == [world.external(row)]


def test_drill1_a_crash_after_the_webhook_was_stored_loses_nothing(world: World) -> None:
    payment = world.create()
    external = world.pay(payment)
    from services.payments import store

    with world.context.begin() as call:
        store.store_webhook(
            call.tx, new_id(), "yookassa", external, "payment.succeeded", "{}", "127.0.0.1", call.now
        )
    # Repeated by the system, or asked by the janitor: either settles it.
    assert world.told(external) == "succeeded"
    assert world.rows("select times, outcome from webhook") == [{"times": 2, "outcome": "succeeded"}]


def test_drill1_a_crash_before_the_webhook_is_marked_as_handled_repeats_nothing(world: World) -> None:
    payment = world.create()
    external = world.pay(payment)
    assert webhooks.ask(world.context, world.tools, "yookassa", external) == "succeeded"
    assert world.told(external) == "unchanged"
    assert world.announced_names() == ["payment_succeeded"]

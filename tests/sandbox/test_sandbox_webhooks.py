"""SB-2: notifications that come twice, late, out of order, forged, wrong or never."""

import time
from typing import Any

import pytest
from yookassa import Payment, Refund
from yookassa.domain.notification import WebhookNotificationFactory

from tests.sandbox.helpers import Browser, Receiver, Sandbox, eventually, new_payment

pytestmark = pytest.mark.usefixtures("sdk")


@pytest.fixture
def pay(browser: Browser) -> Any:
    def pay_one(**changes: Any) -> str:
        payment = Payment.create(new_payment(**changes))
        browser.pay(payment.confirmation.confirmation_url, "5555555555554444")
        payment_id: str = payment.id
        return payment_id

    return pay_one


def test_the_sdk_reads_what_is_sent(pay: Any, receiver: Receiver) -> None:
    payment_id = pay()
    Refund.create({"payment_id": payment_id, "amount": {"value": "1.00", "currency": "RUB"}})
    paid, refunded = (WebhookNotificationFactory().create(body) for body in receiver.wait(2))
    assert (paid.event, paid.object.id, paid.object.status) == ("payment.succeeded", payment_id, "succeeded")
    assert (refunded.event, refunded.object.payment_id) == ("refund.succeeded", payment_id)


def test_repeated_until_accepted(sandbox: Sandbox, pay: Any, receiver: Receiver) -> None:
    receiver.answers[:] = [500, 404]
    began = time.monotonic()
    payment_id = pay()
    bodies = receiver.wait(3)
    assert bodies[0] == bodies[1] == bodies[2]
    assert time.monotonic() - began >= 0.7  # 0.2 and 0.5 between them
    [hook] = eventually(lambda: [hook for hook in sandbox.inbox("webhooks") if hook["state"] == "delivered"])
    assert [attempt["status"] for attempt in hook["attempts"]] == [500, 404, 200]
    assert (hook["event"], hook["object_id"], hook["fault"]) == ("payment.succeeded", payment_id, None)


def test_twice(sandbox: Sandbox, pay: Any, receiver: Receiver) -> None:
    sandbox.fault("yookassa.webhook", "twice")
    pay()
    first, second = receiver.wait(2)
    assert first == second


def test_late(sandbox: Sandbox, pay: Any, receiver: Receiver) -> None:
    sandbox.fault("yookassa.webhook", "late", seconds=1.5)
    began = time.monotonic()
    pay()
    assert [hook["state"] for hook in sandbox.inbox("webhooks")] == ["waiting"]
    receiver.wait(1)
    assert time.monotonic() - began >= 1.5


def test_out_of_order(sandbox: Sandbox, pay: Any, receiver: Receiver) -> None:
    sandbox.fault("yookassa.webhook", "out_of_order")
    payment_id = pay(capture=False)
    time.sleep(0.2)
    assert receiver.bodies == []
    Payment.capture(payment_id)
    receiver.wait(2)
    assert receiver.events() == ["payment.succeeded", "payment.waiting_for_capture"]


def test_out_of_order_is_not_held_for_ever(sandbox: Sandbox, pay: Any, receiver: Receiver) -> None:
    sandbox.fault("yookassa.webhook", "out_of_order", seconds=0.2)
    pay()
    receiver.wait(1)


def test_forged(sandbox: Sandbox, pay: Any, receiver: Receiver) -> None:
    sandbox.fault("yookassa.webhook", "forged")
    payment_id = pay()
    forged, real = receiver.wait(2)
    assert forged["object"]["id"] != payment_id == real["object"]["id"]
    assert forged["object"]["amount"]["value"] != real["object"]["amount"]["value"] == "100.00"
    auth = ("100500", "test_key")
    path = f"/yookassa/v3/payments/{forged['object']['id']}"
    assert sandbox.http.get(path, auth=auth).status_code == 404


def test_forged_about_a_payment_that_is_not_paid(sandbox: Sandbox, pay: Any, receiver: Receiver) -> None:
    unpaid = Payment.create(new_payment()).id
    sandbox.fault("yookassa.webhook", "forged", payment_id=unpaid, amount="5.00")
    pay()
    forged, _ = receiver.wait(2)
    assert (forged["object"]["id"], forged["object"]["status"]) == (unpaid, "succeeded")
    assert forged["object"]["amount"]["value"] == "5.00"
    assert Payment.find_one(unpaid).status == "pending"


def test_wrong_amount(sandbox: Sandbox, pay: Any, receiver: Receiver) -> None:
    sandbox.fault("yookassa.webhook", "wrong_amount")
    payment_id = pay()
    [hook] = receiver.wait(1)
    assert (hook["object"]["id"], hook["object"]["amount"]["value"]) == (payment_id, "200.00")
    assert Payment.find_one(payment_id).amount.value == 100


def test_dropped(sandbox: Sandbox, pay: Any, receiver: Receiver) -> None:
    sandbox.fault("yookassa.webhook", "drop", event="payment.succeeded")
    dropped, sent = pay(), pay()
    receiver.wait(1)
    time.sleep(0.1)
    assert [body["object"]["id"] for body in receiver.bodies] == [sent]
    assert [hook["state"] for hook in sandbox.inbox("webhooks") if hook["object_id"] == dropped] == [
        "dropped"
    ]


def test_a_fault_for_one_event_leaves_others_alone(sandbox: Sandbox, pay: Any, receiver: Receiver) -> None:
    sandbox.fault("yookassa.webhook", "drop", event="refund.succeeded")
    payment_id = pay()
    receiver.wait(1)
    Refund.create({"payment_id": payment_id, "amount": {"value": "1.00", "currency": "RUB"}})
    assert [hook["state"] for hook in sandbox.inbox("webhooks")][-1] == "dropped"
    assert sandbox.http.get("/faults").json() == []

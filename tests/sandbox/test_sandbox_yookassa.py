"""SB-1: YooKassa API v3, spoken to by its own SDK."""

from decimal import Decimal
from typing import Any

import httpx
import pytest
import requests
from yookassa import Configuration, Payment, Refund
from yookassa.domain.exceptions import BadRequestError, InternalServerError, NotFoundError, UnauthorizedError

from tests.sandbox.helpers import RETURN_URL, Browser, Receiver, Sandbox, eventually, new_payment

pytestmark = pytest.mark.usefixtures("sdk")
GOOD_CARD = "5555555555554444"


def _paid(browser: Browser, amount: str = "100.00", save: bool = False, **changes: Any) -> Any:
    payment = Payment.create(new_payment(amount, **changes))
    assert browser.pay(payment.confirmation.confirmation_url, GOOD_CARD, save).status_code == 303
    return Payment.find_one(payment.id)


def test_a_payment_from_creation_to_success(browser: Browser, receiver: Receiver) -> None:
    payment = Payment.create(new_payment("1234.56"), "key-of-a-payment")
    assert (payment.status, payment.paid, payment.test) == ("pending", False, True)
    assert payment.amount.value == Decimal("1234.56") and payment.amount.currency == "RUB"
    assert payment.metadata["order_id"] == "7" and payment.description == "Order 7"
    assert payment.recipient.account_id == "100500"
    assert payment.confirmation.type == "redirect" and payment.confirmation.return_url == RETURN_URL

    answer = browser.pay(payment.confirmation.confirmation_url, GOOD_CARD)
    assert (answer.status_code, answer.headers["location"]) == (303, RETURN_URL)

    paid = Payment.find_one(payment.id)
    assert (paid.status, paid.paid, paid.refundable) == ("succeeded", True, True)
    assert paid.confirmation is None and paid.captured_at > paid.created_at
    assert paid.payment_method.type == "bank_card" and not paid.payment_method.saved
    card = paid.payment_method.card
    assert (card.first6, card.last4, card.card_type) == ("555555", "4444", "MasterCard")
    assert (card.expiry_month, card.expiry_year) == ("12", "2039")
    assert paid.authorization_details.three_d_secure.applied is False
    assert paid.income_amount.value == Decimal("1197.52")

    [hook] = receiver.wait(1)
    assert (hook["type"], hook["event"]) == ("notification", "payment.succeeded")
    assert hook["object"]["id"] == payment.id and hook["object"]["amount"]["value"] == "1234.56"


def test_two_stages_capture_all_or_a_part(browser: Browser, receiver: Receiver) -> None:
    waiting = _paid(browser, capture=False)
    assert (waiting.status, waiting.paid, waiting.refundable) == ("waiting_for_capture", True, False)
    assert waiting.expires_at > waiting.created_at
    with pytest.raises(BadRequestError) as refusal:
        Payment.capture(waiting.id, {"amount": {"value": "100.01", "currency": "RUB"}})
    assert refusal.value.error.parameter == "amount.value"
    part = Payment.capture(waiting.id, {"amount": {"value": "60.00", "currency": "RUB"}})
    assert (part.status, part.amount.value) == ("succeeded", Decimal("60.00"))
    receiver.wait(2)
    assert receiver.events() == ["payment.waiting_for_capture", "payment.succeeded"]
    assert Payment.capture(_paid(browser, capture=False).id).amount.value == Decimal("100.00")


def test_only_waiting_payments_are_canceled(browser: Browser, receiver: Receiver) -> None:
    waiting = _paid(browser, capture=False)
    canceled = Payment.cancel(waiting.id)
    assert (canceled.status, canceled.paid) == ("canceled", False)
    assert canceled.cancellation_details.party == "merchant"
    assert canceled.cancellation_details.reason == "canceled_by_merchant"
    receiver.wait(2)
    assert receiver.events() == ["payment.waiting_for_capture", "payment.canceled"]
    for wrong in (waiting.id, Payment.create(new_payment()).id, _paid(browser).id):
        with pytest.raises(BadRequestError):
            Payment.cancel(wrong)


@pytest.mark.parametrize(
    ("capture", "reason"), [(True, "expired_on_confirmation"), (False, "expired_on_capture")]
)
def test_time_runs_out(sandbox: Sandbox, browser: Browser, capture: bool, reason: str) -> None:
    payment = Payment.create(new_payment()) if capture else _paid(browser, capture=False)
    assert sandbox.http.post(f"/yookassa/expire/{payment.id}").status_code == 200
    late = Payment.find_one(payment.id)
    assert (late.status, late.cancellation_details.party) == ("canceled", "yoo_money")
    assert late.cancellation_details.reason == reason
    assert sandbox.http.post(f"/yookassa/expire/{payment.id}").status_code == 409


def test_a_saved_card_pays_without_the_page(sandbox: Sandbox, browser: Browser, receiver: Receiver) -> None:
    first = _paid(browser, save_payment_method=True, merchant_customer_id="person-1")
    assert first.payment_method.saved and first.merchant_customer_id == "person-1"
    body = {"amount": {"value": "50.00", "currency": "RUB"}, "payment_method_id": first.payment_method.id}
    second = Payment.create({**body, "capture": True})
    assert (second.status, second.confirmation) == ("succeeded", None)
    assert second.payment_method.id == first.payment_method.id
    assert second.payment_method.card.last4 == "4444"
    receiver.wait(2)
    # Without `capture` it waits, as YooKassa's default says.
    assert Payment.create(body).status == "waiting_for_capture"
    sandbox.fault("yookassa.create", "error", reason="insufficient_funds")
    refused = Payment.create({**body, "capture": True})
    assert (refused.status, refused.cancellation_details.reason) == ("canceled", "insufficient_funds")


def test_a_card_is_saved_only_when_asked(browser: Browser) -> None:
    ticked, not_ticked = _paid(browser, save=True), _paid(browser)
    assert ticked.payment_method.saved and not not_ticked.payment_method.saved
    body = {"amount": {"value": "50.00", "currency": "RUB"}}
    assert Payment.create({**body, "payment_method_id": ticked.payment_method.id}).paid
    for unknown in (not_ticked.payment_method.id, "no-such-method"):
        with pytest.raises(BadRequestError) as refusal:
            Payment.create({**body, "payment_method_id": unknown})
        assert refusal.value.error.parameter == "payment_method_id"


def test_a_saved_card_with_the_customer_there(browser: Browser) -> None:
    saved = _paid(browser, save=True).payment_method.id
    confirmation = {"type": "redirect", "return_url": RETURN_URL, "enforce": True}
    payment = Payment.create(new_payment(payment_method_id=saved, confirmation=confirmation))
    assert payment.status == "pending"
    url = payment.confirmation.confirmation_url
    assert browser.submit(url, cvc="12").status_code == 422
    step = browser.submit(url, cvc="123")
    assert step.status_code == 303
    assert browser.submit(step.headers["location"], code="1234").headers["location"] == RETURN_URL
    paid = Payment.find_one(payment.id)
    assert paid.status == "succeeded" and paid.payment_method.id == saved
    assert paid.authorization_details.three_d_secure.applied


def test_refunds_until_nothing_is_left(sandbox: Sandbox, browser: Browser, receiver: Receiver) -> None:
    payment = _paid(browser)
    body = {"payment_id": payment.id, "amount": {"value": "30.00", "currency": "RUB"}, "description": "Meter"}
    refund = Refund.create(body, "key-of-a-refund")
    assert (refund.status, refund.amount.value) == ("succeeded", Decimal("30.00"))
    assert refund.payment_id == payment.id and refund.description == "Meter"
    assert Refund.create(body, "key-of-a-refund").id == refund.id
    assert Refund.find_one(refund.id).status == "succeeded"
    after = Payment.find_one(payment.id)
    assert (after.refunded_amount.value, after.refundable) == (Decimal("30.00"), True)
    with pytest.raises(BadRequestError) as refusal:
        Refund.create({**body, "amount": {"value": "70.01", "currency": "RUB"}})
    assert refusal.value.error.parameter == "amount.value"

    sandbox.fault("yookassa.refund", "error", reason="insufficient_funds")
    refused = Refund.create({**body, "amount": {"value": "70.00", "currency": "RUB"}})
    assert (refused.status, refused.cancellation_details.reason) == ("canceled", "insufficient_funds")
    sandbox.fault("yookassa.refund", "late", seconds=0.2)
    slow = Refund.create({**body, "amount": {"value": "70.00", "currency": "RUB"}})
    assert slow.status == "pending"
    eventually(lambda: Refund.find_one(slow.id).status == "succeeded")
    assert not Payment.find_one(payment.id).refundable
    receiver.wait(3)
    assert receiver.events() == ["payment.succeeded", "refund.succeeded", "refund.succeeded"]
    assert receiver.bodies[1]["object"]["id"] == refund.id
    with pytest.raises(BadRequestError):
        Refund.create({**body, "payment_id": Payment.create(new_payment()).id})


def test_the_same_key_gets_the_same_answer(sandbox: Sandbox) -> None:
    first = Payment.create(new_payment(), "key-of-a-repeat")
    assert Payment.create(new_payment(), "key-of-a-repeat").id == first.id
    with pytest.raises(BadRequestError) as refusal:
        Payment.create(new_payment("100.01"), "key-of-a-repeat")
    error = refusal.value.error
    assert (error.type, error.code, error.parameter) == ("error", "invalid_request", "Idempotence-Key")
    assert error.id and error.description
    auth = ("100500", "test_key")
    for headers in ({}, {"Idempotence-Key": "x" * 65}):
        answer = sandbox.http.post("/yookassa/v3/payments", json=new_payment(), auth=auth, headers=headers)
        assert (answer.status_code, answer.json()["parameter"]) == (400, "Idempotence-Key")


@pytest.mark.parametrize(
    ("changes", "parameter"),
    [
        ({"amount": {"value": "0.00", "currency": "RUB"}}, "amount.value"),
        ({"amount": {"value": "1.001", "currency": "RUB"}}, "amount.value"),
        ({"amount": {"value": 5, "currency": "RUB"}}, "amount.value"),
        ({"amount": {"value": "1.00", "currency": "UAH"}}, "amount.currency"),
        ({"amount": None}, "amount"),
        ({"confirmation": None}, "confirmation"),
        ({"confirmation": {"type": "qr"}}, "confirmation.type"),
        ({"confirmation": {"type": "redirect", "return_url": "javascript:1"}}, "confirmation.return_url"),
        ({"description": "x" * 129}, "description"),
        ({"metadata": {str(key): "" for key in range(17)}}, "metadata"),
        ({"metadata": {"order": 7}}, "metadata"),
        ({"capture": "yes"}, "capture"),
        ({"receipt": {}}, "receipt"),
    ],
)
def test_wrong_payments_are_refused(sandbox: Sandbox, changes: dict[str, Any], parameter: str) -> None:
    answer = sandbox.http.post(
        "/yookassa/v3/payments",
        json=new_payment(**changes),
        auth=("100500", "test_key"),
        headers={"Idempotence-Key": f"wrong-{parameter}-{changes}"[:64]},
    )
    assert answer.status_code == 400
    assert (answer.json()["code"], answer.json()["parameter"]) == ("invalid_request", parameter)


def test_a_receipt_is_accepted(browser: Browser) -> None:
    item = {"description": "Heat", "quantity": "1", "amount": {"value": "100.00", "currency": "RUB"}}
    receipt = {"customer": {"email": "a@example.org"}, "items": [{**item, "vat_code": 1}]}
    assert _paid(browser, receipt=receipt).receipt_registration == "succeeded"


def test_strangers_and_strange_ids(sandbox: Sandbox) -> None:
    with pytest.raises(NotFoundError):
        Payment.find_one("no-such-payment")
    with pytest.raises(NotFoundError):
        Refund.find_one("no-such-refund")
    Configuration.configure("100500", "wrong", api_url=sandbox.url + "/yookassa/v3")
    with pytest.raises(UnauthorizedError) as refusal:
        Payment.create(new_payment())
    assert refusal.value.error.code == "invalid_credentials"


def test_the_list_page_by_page() -> None:
    ids = [Payment.create(new_payment()).id for _ in range(5)]
    since = Payment.find_one(ids[0]).created_at
    query: dict[str, Any] = {"created_at.gte": since, "limit": 2}
    pages = []
    while True:
        page = Payment.list(query)
        pages.append([payment.id for payment in page.items])
        if not page.next_cursor:
            break
        query["cursor"] = page.next_cursor
    # Another payment may share the first millisecond; the five are there, the newest first.
    found = [one for page in pages for one in page]
    assert found[:5] == ids[::-1] and len(pages[0]) == 2
    assert Payment.list({"created_at.gt": since, "status": "succeeded"}).items == []
    assert Payment.list({"created_at.lt": "2020-01-01T00:00:00.000Z"}).items == []
    with pytest.raises(BadRequestError):
        Payment.list({"limit": 101})


def test_calls_go_wrong_as_asked(sandbox: Sandbox, browser: Browser) -> None:
    url, auth = "/yookassa/v3/payments", ("100500", "test_key")
    headers = {"Idempotence-Key": "key-of-a-lost-answer"}

    def create() -> httpx.Response:
        return sandbox.http.post(url, json=new_payment(), auth=auth, headers=headers)

    sandbox.fault("yookassa.create", "down")
    sandbox.fault("yookassa.create", "error")
    sandbox.fault("yookassa.create", "no_answer", times=2)
    assert create().status_code == 503
    refused = create()
    assert (refused.status_code, refused.json()["code"]) == (500, "internal_server_error")
    for _ in range(2):
        with pytest.raises(httpx.TransportError):
            create()
    before = Payment.list({"limit": 1}).items[0].id
    assert create().json()["id"] == before  # done the first time, found again by its key

    payment = _paid(browser)
    sandbox.fault("yookassa.get", "wrong_amount", amount="7.00")
    sandbox.fault("yookassa.get", "down")
    assert Payment.find_one(payment.id).amount.value == Decimal("7.00")
    assert sandbox.http.get(f"{url}/{payment.id}", auth=auth).status_code == 503
    assert Payment.find_one(payment.id).amount.value == Decimal("100.00")


def test_what_the_sdk_makes_of_faults(sandbox: Sandbox) -> None:
    """Not our code, but whoever calls it must know: two of the three are no errors of the SDK's own."""
    sandbox.fault("yookassa.create", "error")
    with pytest.raises(InternalServerError):
        Payment.create(new_payment())
    sandbox.fault("yookassa.create", "down")
    with pytest.raises(requests.JSONDecodeError):
        Payment.create(new_payment())
    sandbox.fault("yookassa.create", "no_answer")
    with pytest.raises(AttributeError):
        Payment.create(new_payment())

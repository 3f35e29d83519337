"""SB-1: the card page, its test cards, 3-D Secure."""

import pytest
from yookassa import Payment

from tests.sandbox.helpers import RETURN_URL, Browser, Receiver, Sandbox, new_payment

pytestmark = pytest.mark.usefixtures("sdk")
THREE_D_SECURE = "5555555555554477"


@pytest.mark.parametrize(
    ("number", "card_type"),
    [
        ("5555555555554444", "MasterCard"),
        ("4111 1111 1111 1111", "Visa"),
        ("2200000000000004", "Mir"),
        ("4012888888881881", "Visa"),  # not in the table: its check digit is right
    ],
)
def test_cards_that_pay(browser: Browser, number: str, card_type: str) -> None:
    payment = Payment.create(new_payment())
    answer = browser.pay(payment.confirmation.confirmation_url, number)
    assert (answer.status_code, answer.headers["location"]) == (303, RETURN_URL)
    card = Payment.find_one(payment.id).payment_method.card
    assert (card.card_type, card.last4) == (card_type, number[-4:])


@pytest.mark.parametrize(
    ("number", "reason"),
    [("5555555555554543", "insufficient_funds"), ("5555555555554535", "card_expired")],
)
def test_cards_that_are_declined(browser: Browser, receiver: Receiver, number: str, reason: str) -> None:
    payment = Payment.create(new_payment(save_payment_method=True))
    assert browser.pay(payment.confirmation.confirmation_url, number).headers["location"] == RETURN_URL
    declined = Payment.find_one(payment.id)
    assert (declined.status, declined.paid) == ("canceled", False)
    assert declined.cancellation_details.party == "payment_network"
    assert declined.cancellation_details.reason == reason
    assert not declined.payment_method.saved
    [hook] = receiver.wait(1)
    assert hook["event"] == "payment.canceled"


@pytest.mark.parametrize(("code", "status"), [("1234", "succeeded"), ("9999", "canceled")])
def test_three_d_secure(browser: Browser, code: str, status: str) -> None:
    payment = Payment.create(new_payment())
    url = payment.confirmation.confirmation_url
    step = browser.pay(url, THREE_D_SECURE)
    assert step.status_code == 303 and step.headers["location"].endswith("/3ds")
    assert Payment.find_one(payment.id).status == "pending"
    done = browser.submit(url, code=code)  # the address of the card leads to the code by now
    assert (done.status_code, done.headers["location"]) == (303, RETURN_URL)
    final = Payment.find_one(payment.id)
    assert final.status == status
    if status == "canceled":
        assert final.cancellation_details.reason == "3d_secure_failed"
    else:
        assert final.authorization_details.three_d_secure.applied


@pytest.mark.parametrize(
    ("number", "expiry", "cvc", "message"),
    [
        ("5555555555554445", "12/39", "123", "card number"),
        ("1234", "12/39", "123", "card number"),
        ("5555555555554444", "13/39", "123", "expiry date"),
        ("5555555555554444", "01/20", "123", "expired"),
        ("5555555555554444", "12/39", "12", "CVC"),
        ("", "", "", "card number"),
    ],
)
def test_mistakes_are_shown_and_nothing_happens(
    browser: Browser, number: str, expiry: str, cvc: str, message: str
) -> None:
    payment = Payment.create(new_payment())
    answer = browser.pay(payment.confirmation.confirmation_url, number, expiry=expiry, cvc=cvc)
    assert answer.status_code == 422 and message in answer.text
    assert not number or number not in answer.text
    assert Payment.find_one(payment.id).status == "pending"


def test_a_final_payment_shows_its_state(sandbox: Sandbox, browser: Browser, receiver: Receiver) -> None:
    payment = Payment.create(new_payment(description="<b>Order</b>"))
    url = payment.confirmation.confirmation_url
    assert "&lt;b&gt;Order" in sandbox.http.get(url).text
    browser.pay(url, "5555555555554444")
    for answer in (
        sandbox.http.get(url),
        sandbox.http.post(url, data={"card_number": "5555555555554543"}),
        sandbox.http.get(url + "/3ds"),
    ):
        assert answer.status_code == 200 and "paid" in answer.text and "<form" not in answer.text
    receiver.wait(1)
    assert receiver.events() == ["payment.succeeded"]
    assert sandbox.http.get("/yookassa/checkout/nothing").status_code == 404


def test_card_numbers_are_kept_nowhere(sandbox: Sandbox, browser: Browser, receiver: Receiver) -> None:
    payment = Payment.create(new_payment())
    browser.pay(payment.confirmation.confirmation_url, "4012888888881881", save=True)
    receiver.wait(1)
    auth = ("100500", "test_key")
    seen = sandbox.http.get(f"/yookassa/v3/payments/{payment.id}", auth=auth).text
    seen += sandbox.http.get("/").text + sandbox.http.get("/inbox/webhooks").text
    assert "4012888888881881" not in seen and "1881" in seen

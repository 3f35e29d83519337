"""Orders (PY-1), fiscal documents (PY-5), states: no database."""

from __future__ import annotations

import itertools
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import CabinetError
from services.payments.domain.fiscal import Company, check_qr, external_id, receipt_document
from services.payments.domain.orders import MOST, Part, make_order
from services.payments.domain.pauses import RECEIPT_LONGEST, until_asked_again, until_receipt_tried_again
from services.payments.domain.states import OPEN, PAYMENT, RECEIPT, RECEIPT_STATES

COMPANIES = {
    "one": Company("one@s.example", "osn", "7400000101", "https://one.example", "vat22", "Электроэнергия"),
    "two": Company("two@s.example", "osn", "7400000202", "https://two.example", "vat10", "Тепло" * 40),
}
MONEY = st.decimals(min_value="0.01", max_value="1000000", places=2)


def _payable(*currencies: str) -> list[dict[str, Any]]:
    return [
        {"account": f"a{index}", "provider": "one", "number": str(index), "currency": currency}
        for index, currency in enumerate(currencies)
    ]


@given(st.lists(MONEY, min_size=1, max_size=50))
def test_py1_the_total_is_the_sum_of_the_parts(amounts: list[Decimal]) -> None:
    order = make_order({f"a{i}": a for i, a in enumerate(amounts)}, _payable(*["RUB"] * len(amounts)))
    assert order.total == sum(amounts) and order.currency == "RUB"
    assert [part.amount for part in order.parts] == amounts


@pytest.mark.parametrize(
    "amount", ["0", "0.00", "-0.01", "-5", "0.001", "1.005", "1E-3", "NaN", "sNaN", "Infinity", "-Infinity",
               str(MOST + Decimal("0.01")), "1E+7", "1E+999999"],
)  # fmt: skip
def test_py1_an_amount_that_cannot_be_paid_is_named(amount: str) -> None:
    with pytest.raises(CabinetError) as caught:
        make_order({"a0": Decimal("1.00"), "a1": Decimal(amount)}, _payable("RUB", "RUB"))
    assert (caught.value.code, caught.value.fields) == ("amount_invalid", {"account": "a1"})


@pytest.mark.parametrize("amount", ["0.01", "0.1", "1", "1E+2", "1000000", "1000000.00"])
def test_py1_amounts_from_a_kopeck_to_a_million_are_good(amount: str) -> None:
    assert make_order({"a0": Decimal(amount)}, _payable("RUB")).total == Decimal(amount)


def test_py1_currencies_do_not_mix() -> None:
    amounts = {"a0": Decimal(1), "a1": Decimal(1)}
    with pytest.raises(CabinetError) as caught:
        make_order(amounts, _payable("UAH", "RUB"))
    assert (caught.value.code, caught.value.fields) == ("currency_mixed", {"currencies": ["RUB", "UAH"]})
    assert make_order(amounts, _payable("UAH", "UAH")).currency == "UAH"


@given(st.lists(st.tuples(st.sampled_from(["one", "two"]), MONEY), min_size=1, max_size=20))
def test_py5_sums_of_the_fiscal_document_agree(chosen: list[tuple[str, Decimal]]) -> None:
    parts = [Part(f"a{i}", provider, str(i), amount) for i, (provider, amount) in enumerate(chosen)]
    at = datetime(2026, 11, 20, 15, 4, 5, tzinfo=ZoneInfo("Asia/Yekaterinburg"))
    callback = "https://cabinet.example/api/v1/fiscal-callbacks/payment-1/x"
    document = receipt_document("payment-1", parts, COMPANIES, {"email": "a@b.example"}, at, callback)
    assert document["service"] == {"callback_url": callback}
    receipt = document["receipt"]
    amounts = sum(amount for _, amount in chosen)
    assert receipt["total"] == amounts == sum(item["sum"] for item in receipt["items"])
    assert receipt["payments"] == [{"type": 1, "sum": amounts}]
    for item, (provider, amount) in zip(receipt["items"], chosen, strict=True):
        assert item["price"] * item["quantity"] == item["sum"] == amount
        assert item["vat"] == {"type": COMPANIES[provider].vat} and len(item["name"]) <= 128
    assert document["external_id"] == "payment-1" and document["timestamp"] == "20.11.2026 15:04:05"
    assert receipt["company"]["inn"] == COMPANIES[chosen[0][0]].inn


def test_py5_the_check_code_has_the_form_of_the_tax_service() -> None:
    code = check_qr("22.11.2026 10:15:59", Decimal("300"), "9999078900001234", "133", "2185253361")
    assert code == "t=20261122T1015&s=300.00&fn=9999078900001234&i=133&fp=2185253361&n=1"


PAYMENT_STATES = ("created", "pending", "succeeded", "canceled")
PAYMENT_EVENTS = ("registered", "refused", "captured", "canceled")
ALLOWED = {
    ("created", "registered"): "pending",
    ("created", "refused"): "canceled",
    ("created", "captured"): "succeeded",
    ("created", "canceled"): "canceled",
    ("pending", "captured"): "succeeded",
    ("pending", "canceled"): "canceled",
    ("canceled", "captured"): "succeeded",
}


@pytest.mark.parametrize(("state", "event"), itertools.product(PAYMENT_STATES, PAYMENT_EVENTS))
def test_drill10_every_state_of_a_payment_takes_exactly_the_events_it_may(state: str, event: str) -> None:
    edge = PAYMENT.find(state, event)
    assert (edge.state if edge else None) == ALLOWED.get((state, event))


def test_drill10_money_that_arrived_is_never_given_up() -> None:
    assert {edge.state for edge in PAYMENT if edge.source == "succeeded"} == {"succeeded"}
    assert all(PAYMENT.move(state, "captured") == "succeeded" for state in ("created", "pending", "canceled"))
    assert set(OPEN) == {"created", "pending"}


RECEIPT_ALLOWED = {
    ("wanted", "accepted"): "sent",
    ("wanted", "refused"): "failed",
    ("sent", "registered"): "done",
    ("sent", "refused"): "failed",
    ("sent", "attempt_failed"): "wanted",
    ("sent", "lost"): "wanted",
    ("failed", "registered_again"): "wanted",
}
RECEIPT_EVENTS = ("accepted", "registered", "refused", "attempt_failed", "lost", "registered_again")


@pytest.mark.parametrize(
    ("state", "event"),
    itertools.product(RECEIPT_STATES, RECEIPT_EVENTS),
)
def test_drill10_every_state_of_a_receipt_takes_exactly_the_events_it_may(state: str, event: str) -> None:
    edge = RECEIPT.find(state, event)
    assert (edge.state if edge else None) == RECEIPT_ALLOWED.get((state, event))


def test_py5_pauses_grow_up_to_their_bound() -> None:
    pauses = [until_receipt_tried_again(failures).total_seconds() for failures in range(1, 12)]
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert until_receipt_tried_again(10_000) == RECEIPT_LONGEST
    asked = [until_asked_again(count).total_seconds() for count in range(1, 9)]
    assert asked == [15, 30, 60, 120, 240, 480, 600, 600]


def test_py5_each_attempt_has_a_number_of_its_own() -> None:
    assert [external_id("payment-1", attempt) for attempt in (1, 2, 3)] == [
        "payment-1",
        "payment-1-2",
        "payment-1-3",
    ]

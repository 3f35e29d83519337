"""Fiscal receipts (PY-5) with the sandbox's ATOL Online."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import eventlet
import pytest
import requests

from services.payments import store
from services.payments.adapters import atol
from services.payments.handlers import receipts
from tests.payments.world import World
from tests.support_code.waiting import eventually


def _done(world: World, payment: Any) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        world.carry_on(2)
        found = world.receipt(payment)
        return found if found["state"] == "done" else None

    return eventually(look)


def test_py5_a_receipt_is_registered_kept_and_announced(world: World) -> None:
    world.know_contact("phone")
    world.know_contact("email", "ann@home.example")
    payment = world.succeeded("300.00", "0.01")
    assert world.carry_on() == 1
    assert (world.receipt(payment)["state"], world.receipt(payment)["attempts"]) == ("sent", 1)
    kept = _done(world, payment)

    [there] = world.sandbox.inbox("receipts")
    content = there["document"]["receipt"]
    assert content["client"] == {"email": "ann@home.example"}
    assert Decimal(str(content["total"])) == Decimal("300.01") and len(content["items"]) == 2
    assert there["external_id"] == payment["payment"] and kept["external_id"] == there["uuid"]
    assert kept["document"]["receipt"]["company"]["inn"] == content["company"]["inn"]
    [event] = world.announced("receipt_registered")
    assert (event["payment"], event["person"], event["total"]) == (payment["payment"], world.person, "300.01")
    pattern = r"t=\d{8}T\d{4}&s=300\.01&fn=(\d+)&i=(\d+)&fp=(\d+)&n=1"
    marks = re.fullmatch(pattern, event["check_qr"])
    assert marks and marks.groups() == (event["fiscal_drive"], event["fiscal_document"], event["fiscal_sign"])

    shown = world.ask("payment", payment=payment["payment"])["receipt"]
    assert (shown["state"], shown["check_qr"]) == ("done", event["check_qr"])
    assert world.carry_on(60) == 0


def test_py5_the_receipt_goes_to_the_phone_where_there_is_no_email(world: World) -> None:
    world.know_contact("phone", "+79990001122")
    _done(world, world.succeeded())
    assert world.sandbox.inbox("receipts")[0]["document"]["receipt"]["client"] == {"phone": "+79990001122"}


def test_py5_while_no_contact_is_known_the_receipt_waits(world: World) -> None:
    payment = world.succeeded()
    world.carry_on()
    assert world.receipt(payment)["state"] == "wanted" and world.sandbox.inbox("receipts") == []
    world.know_contact()
    assert _done(world, payment)


def test_py5_a_repeated_external_id_gives_the_first_receipt(world: World) -> None:
    world.know_contact()
    payment = world.succeeded()
    # The process died after the operator took it.
    world.sandbox.fault("atol.sell", "no_answer")
    world.carry_on()
    assert world.receipt(payment)["state"] == "wanted"
    kept = _done(world, payment)
    [there] = world.sandbox.inbox("receipts")
    assert kept["external_id"] == there["uuid"]
    assert world.announced_names().count("receipt_registered") == 1


def test_py5_while_the_cash_register_is_busy_we_ask_again(world: World) -> None:
    world.know_contact()
    payment = world.succeeded()
    world.sandbox.fault("atol.sell", "late", seconds=0.5)
    world.carry_on()
    assert world.carry_on(1) == 1
    assert world.receipt(payment)["state"] == "sent" and world.carry_on() == 0
    assert _done(world, payment)["fiscal_sign"]


@pytest.mark.parametrize("target", ["atol.sell", "atol.report"])
def test_py5_an_operator_that_is_down_is_asked_again_after_growing_pauses(world: World, target: str) -> None:
    world.know_contact()
    payment = world.succeeded()
    if target == "atol.report":
        world.carry_on()
        world.clock.moment += receipts.LOOK_AGAIN
    world.sandbox.fault(target, "down", times=3)
    pauses = []
    for _ in range(3):
        assert world.carry_on() == 1
        pause = (world.receipt(payment)["next_at"] - world.clock.now()).total_seconds()
        pauses.append(pause)
        assert world.carry_on(pause - 0.5) == 0
        world.clock.moment += receipts.LOOK_AGAIN / 2
    assert pauses == sorted(pauses) and pauses[0] >= 1 and pauses[2] == 2 * pauses[1] == 4 * pauses[0]
    assert _done(world, payment)


@pytest.mark.usefixtures("impatient")
def test_py5_an_operator_without_an_answer_is_asked_again(world: World) -> None:
    world.know_contact()
    payment = world.succeeded()
    world.sandbox.fault("atol.sell", "slow", seconds=2.0)
    world.carry_on()
    assert world.receipt(payment)["state"] == "wanted"
    assert _done(world, payment)


def test_py5_a_receipt_that_is_refused_at_once_has_failed_with_its_code(world: World) -> None:
    world.know_contact()
    payment = world.succeeded()
    world.sandbox.fault("atol.sell", "error", code=32)
    world.carry_on()
    kept = world.receipt(payment)
    assert (kept["state"], kept["failure"]) == ("failed", "32")
    assert world.carry_on(600) == 0 and world.announced("receipt_registered") == []
    assert world.ask("payment", payment=payment["payment"])["receipt"]["failure"] == "32"


def test_py5_a_receipt_that_the_cash_register_refuses_has_failed_with_its_code(world: World) -> None:
    world.know_contact()
    payment = world.succeeded()
    world.sandbox.fault("atol.sell", "late", seconds=60)
    world.carry_on()
    world.sandbox.fault("atol.report", "error", code=-3804)
    world.carry_on(1)
    kept = world.receipt(payment)
    assert (kept["state"], kept["failure"]) == ("failed", "-3804")
    assert world.state(payment) == "succeeded"


def test_py5_one_token_serves_until_it_expires(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    real = requests.request

    def counting(method: str, url: str, **options: Any) -> Any:
        calls.append(url.rsplit("/", 1)[-1])
        return real(method, url, **options)

    monkeypatch.setattr(requests, "request", counting)
    world.know_contact()
    first = world.succeeded()
    _done(world, first)
    _done(world, world.succeeded())
    assert calls.count("getToken") == 1
    # The operator forgot it (a restart), then its time is up by our own clock.
    world.tools.operator._token = "0" * 32
    _done(world, world.succeeded())
    assert calls.count("getToken") == 2
    world.tools.operator._token_until = 0.0
    _done(world, world.succeeded())
    assert calls.count("getToken") == 3


def test_py5_wrong_keys_are_our_fault_and_fail_no_receipt(world: World) -> None:
    world.know_contact()
    payment = world.succeeded()
    operator = world.tools.operator
    right, operator._password = operator._password, "wrong"
    operator._token_until = 0.0
    assert world.carry_on() == 1
    assert world.receipt(payment)["state"] == "wanted"
    operator._password = right
    assert _done(world, payment)


def test_drill14_two_jobs_at_once_register_each_receipt_once(world: World) -> None:
    world.know_contact()
    payments = [world.succeeded() for _ in range(3)]
    pool = eventlet.GreenPool()
    assert sum(pool.imap(lambda _: world.carry_on(), range(2))) == 3
    for payment in payments:
        _done(world, payment)
    assert len(world.sandbox.inbox("receipts")) == 3
    assert world.announced_names().count("receipt_registered") == 3


def test_drill1_a_job_that_was_overtaken_does_not_begin_the_receipt_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.know_contact()
    payment = world.succeeded()
    real = world.tools.operator.sell
    overtaken = []

    def slow(document: Any) -> str:
        if not overtaken:
            overtaken.append(True)
            # Its lease runs out meanwhile: another replica sends it, asks and keeps it.
            world.clock.moment += receipts.LEASE
            _done(world, payment)
        return real(document)

    monkeypatch.setattr(world.tools.operator, "sell", slow)
    world.carry_on()
    assert world.receipt(payment)["state"] == "done"
    world.carry_on(60)
    assert world.announced_names().count("receipt_registered") == 1


@pytest.mark.parametrize(
    "payload", [None, {}, {"fn_number": 1, "fiscal_document_number": 2, "fiscal_document_attribute": 3,
                           "receipt_datetime": "2026-11-22T10:15", "total": 300}],
)  # fmt: skip
def test_py5_an_answer_that_cannot_be_read_holds_nobody_up(
    world: World, payload: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.know_contact()
    broken, good = world.succeeded(), world.succeeded()
    assert world.carry_on() == 2
    unreadable = world.receipt(broken)["external_id"]
    real = atol.AtolOperator._authorised

    def answers(self: Any, method: str, path: str, body: Any) -> Any:
        if path.endswith(unreadable):
            return {"status": "done", "payload": payload}
        return real(self, method, path, body)

    monkeypatch.setattr(atol.AtolOperator, "_authorised", answers)
    _done(world, good)
    assert world.receipt(broken)["state"] == "sent"


def test_py5_contacts_are_the_newest_whatever_order_events_come_in(world: World) -> None:
    at = world.clock.now()
    with world.database.transaction() as tx:
        store.save_contact(tx, world.person, "email", "new@home.example", at)
        store.save_contact(tx, world.person, "email", "old@home.example", at.replace(year=2025))
        assert store.contacts(tx, world.person) == {"email": "new@home.example"}

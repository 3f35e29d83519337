"""Fiscal receipts (PY-5) with the sandbox's ATOL Online."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import eventlet
import pytest
import requests

from services.payments import store
from services.payments.adapters import atol
from services.payments.domain.pauses import ALARM_AFTER, SILENCE
from services.payments.handlers import receipts
from tests.payments.world import World
from tests.support_code.waiting import eventually


def _done(world: World, payment: Any) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        world.carry_on(301)
        found = world.receipt(payment)
        return found if found["state"] == "done" else None

    return eventually(look)


def test_py5_a_receipt_is_registered_kept_and_announced(world: World) -> None:
    world.know_contact("phone")
    world.know_contact("email", "ann@home.example")
    payment = world.succeeded("300.00", "0.01")
    assert world.carry_on() == 1
    sent = world.receipt(payment)
    assert (sent["state"], sent["attempt"]) == ("sent", 1)
    # Of a receipt that it has the operator tells by itself; it is asked only on silence.
    assert world.carry_on(299) == 0
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
    assert world.carry_on(300) == 1
    assert world.receipt(payment)["state"] == "sent" and world.carry_on(299) == 0
    assert _done(world, payment)["fiscal_sign"]


@pytest.mark.parametrize("target", ["atol.sell", "atol.report"])
def test_py5_an_operator_that_is_down_is_asked_again_after_growing_pauses(world: World, target: str) -> None:
    world.know_contact()
    payment = world.succeeded()
    if target == "atol.report":
        world.carry_on()
        world.clock.moment += SILENCE
    world.sandbox.fault(target, "down", times=3)
    pauses = []
    for _ in range(3):
        assert world.carry_on() == 1
        pause = (world.receipt(payment)["next_at"] - world.clock.now()).total_seconds()
        pauses.append(pause)
        assert world.carry_on(pause - 0.5) == 0
        world.clock.moment += timedelta(seconds=0.5)
    assert pauses == [1, 2, 4]
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


@pytest.mark.parametrize("code", [10, 12, 14, 20, 31, 40, 50, 1])
def test_py5_an_error_that_is_not_about_the_receipt_is_never_final(world: World, code: int) -> None:
    world.know_contact()
    payment = world.succeeded()
    # Codes about the token make it ask for another one, and try once more within the same call.
    world.sandbox.fault("atol.sell", "error", code=code, times=2 if code in (10, 11, 12) else 1)
    assert world.carry_on() == 1
    assert world.receipt(payment)["state"] == "wanted"
    kept = _done(world, payment)
    assert (kept["attempt"], kept["failure"]) == (1, None)


def test_py5_what_the_cash_register_could_not_do_is_tried_under_another_number(world: World) -> None:
    world.know_contact()
    payment = world.succeeded()
    world.sandbox.fault("atol.sell", "late", seconds=600)
    world.carry_on()
    first = world.receipt(payment)["external_id"]
    world.sandbox.fault("atol.report", "error", code=-3804)
    assert world.carry_on(300) == 1
    kept = world.receipt(payment)
    assert (kept["state"], kept["attempt"], kept["failure"]) == ("wanted", 2, "-3804")
    done = _done(world, payment)
    assert (done["attempt"], done["failure"]) == (2, None) and done["external_id"] != first
    numbers = [there["external_id"] for there in world.sandbox.inbox("receipts")]
    assert numbers == [payment["payment"], f"{payment['payment']}-2"]
    [ended] = world.rows("select attempt, external_id, failure from receipt_attempt")
    assert ended == {"attempt": 1, "external_id": first, "failure": "-3804"}
    assert world.announced_names().count("receipt_registered") == 1


def test_py5_a_receipt_that_the_operator_has_forgotten_is_sent_again(world: World) -> None:
    world.know_contact()
    payment = world.succeeded()
    world.carry_on()
    with world.database.transaction() as tx:
        tx.run("update receipt set external_id = '00000000-0000-0000-0000-000000000000'")
    assert world.carry_on(301) == 1
    assert world.receipt(payment)["state"] == "wanted"
    assert _done(world, payment)["attempt"] == 1
    assert len(world.sandbox.inbox("receipts")) == 1


def test_py5_the_operators_call_makes_us_ask_at_once(world: World) -> None:
    world.know_contact()
    payment = world.succeeded()
    world.carry_on()
    address = world.sandbox.inbox("receipts")[0]["document"]["service"]["callback_url"]
    assert (
        address == world.tools.callbacks.address(payment["payment"]) and len(address.rsplit("/", 1)[1]) == 43
    )
    eventlet.sleep(0.2)
    assert world.carry_on() == 0
    assert world.called_back(payment) == {"taken": True}
    assert world.carry_on() == 1
    assert world.receipt(payment)["state"] == "done"
    # Again, late: nothing is to be asked any more.
    assert world.called_back(payment) == {"taken": True} and world.carry_on() == 0


def test_py5_nobody_can_speak_for_the_operator(world: World) -> None:
    world.know_contact()
    payment, other = world.succeeded(), world.succeeded()
    world.carry_on()
    seal = world.tools.callbacks.seal(other["payment"])
    for guess in ("", "x", "x" * 43, seal, seal[::-1]):
        refused = world.refused("fiscal_callback", "", payment=payment["payment"], seal=guess)
        assert refused.code == "not_found"
    assert world.carry_on() == 0


def test_py5_a_call_during_the_sending_is_not_missed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.know_contact()
    payment = world.succeeded()
    real = world.tools.operator.sell

    def overtaken(document: Any) -> str:
        uuid: str = real(document)
        eventlet.sleep(0.2)
        world.called_back(payment)
        return uuid

    monkeypatch.setattr(world.tools.operator, "sell", overtaken)
    world.carry_on()
    assert world.receipt(payment)["state"] == "sent"
    assert world.carry_on() == 1 and world.receipt(payment)["state"] == "done"


def test_py5_staff_register_a_refused_receipt_again(world: World) -> None:
    world.know_contact()
    payment = world.succeeded()
    world.sandbox.fault("atol.sell", "error", code=32)
    world.carry_on()
    accountant = world.keys.person(None, "accountant")
    [listed] = world.ask("receipts", accountant, state="failed")["receipts"]
    assert (listed["payment"], listed["failure"], listed["total"]) == (payment["payment"], "32", "300.00")
    for token in (world.keys.person(world.person), world.keys.person(None, "operator")):
        assert world.refused("register_receipt_again", token, payment=payment["payment"]).code == "forbidden"
    shown = world.ask("register_receipt_again", accountant, payment=payment["payment"])
    assert (shown["state"], shown["attempt"]) == ("wanted", 2)
    again = world.refused("register_receipt_again", accountant, payment=payment["payment"])
    assert again.code == "receipt_not_failed"
    assert _done(world, payment)["attempt"] == 2
    assert world.ask("receipts", accountant, state="failed")["receipts"] == []


def test_py5_a_receipt_that_fails_again_and_again_raises_an_alarm(
    world: World, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    world.know_contact()
    payment = world.succeeded()
    world.sandbox.fault("atol.sell", "down", times=ALARM_AFTER)
    for _ in range(ALARM_AFTER):
        assert "receipt_late" not in capsys.readouterr().out
        assert world.carry_on(300) == 1
    assert "receipt_late" in capsys.readouterr().out
    assert _done(world, payment)


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

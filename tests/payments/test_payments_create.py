"""Creating a payment (PY-1, PY-2) through YooKassa's own SDK against the sandbox process."""

from __future__ import annotations

from decimal import Decimal

import eventlet
import pytest
from yookassa import Payment

from authorisation import access
from contracts.errors import CabinetError
from contracts.identifiers import new_id
from tests.payments.world import NOW, USTEK, World
from tests.support_code.faults import faults_of
from tests.support_code.statements import noted


def test_py1_one_payment_for_several_accounts(world: World) -> None:
    request = world.order("300.00", "0.01")
    request["parts"].append({"account": world.billing.add(USTEK), "amount": "1200.5"})
    answer = world.ask("create", key="key-00001", **request)
    assert (answer["state"], answer["total"], answer["currency"]) == ("pending", "1500.51", "RUB")
    assert answer["system"] == "yookassa" and answer["confirmation_url"].startswith(world.sandbox.url)

    [external] = world.at_the_system(answer)
    there = Payment.find_one(external)
    assert (there.amount.value, there.amount.currency, there.status) == (Decimal("1500.51"), "RUB", "pending")
    assert there.confirmation.return_url == request["return_url"]
    shown = world.ask("payment", payment=answer["payment"])
    assert {part["account"]: Decimal(part["amount"]) for part in shown["parts"]} == {
        part["account"]: Decimal(part["amount"]) for part in request["parts"]
    }
    assert shown["receipt"] is None and world.announced() == []


def test_drill9_the_same_key_again_is_the_same_payment(world: World) -> None:
    request = world.order()
    answers = [world.ask("create", key="key-00001", **request) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert len(world.rows("select id from payment")) == len(world.at_the_system(answers[0])) == 1


def test_drill9_ten_requests_under_one_key_at_once_make_one_payment(world: World) -> None:
    request = world.order("10.00", "20.00")
    pool = eventlet.GreenPool()
    answers = list(pool.imap(lambda _: world.ask("create", key="key-00001", **request), range(10)))
    assert len({(one["payment"], one["state"], one["confirmation_url"]) for one in answers}) == 1
    assert len(world.rows("select id from payment")) == len(world.at_the_system(answers[0])) == 1
    assert len(world.rows("select account from payment_part")) == 2


def test_drill9_the_key_with_another_request_is_refused(world: World) -> None:
    request = world.order("10.00")
    account = request["parts"][0]["account"]
    world.ask("create", key="key-00001", **request)
    for other in (
        request | {"parts": [{"account": account, "amount": "10.01"}]},
        request | {"parts": [{"account": world.billing.add(), "amount": "10.00"}]},
        request | {"return_url": "http://127.0.0.1:9/other"},
    ):
        assert world.refused("create", key="key-00001", **other).code == "idempotency_key_reused"
    assert world.ask("create", key="key-00002", **request | {"return_url": "http://127.0.0.1:9/other"})


def test_drill9_keys_are_each_persons_own(world: World) -> None:
    request = world.order()
    mine = world.ask("create", key="key-00001", **request)
    other = world.ask("create", world.keys.person(), "key-00001", **request)
    assert mine["payment"] != other["payment"]


def test_drill9_the_order_of_parts_does_not_make_another_request(world: World) -> None:
    request = world.order("10.00", "20.00")
    first = world.ask("create", key="key-00001", **request)
    request["parts"].reverse()
    assert world.ask("create", key="key-00001", **request)["payment"] == first["payment"]


def test_py1_a_row_is_inserted_updated_and_not_read_again(world: World) -> None:
    with noted() as statements:
        world.ask("create", key="key-00001", **world.order())
    words = [statement.split() for statement in statements]
    done = [" ".join(one[:3]) if one[0] != "select" else "select" for one in words]
    # Is the key known? The intent, its parts; then what the system said.
    assert done == ["select", "insert into payment", "insert into payment_part", "update payment set"]


def test_py1_who_may_not_create(world: World) -> None:
    for token in ("", world.keys.service("billing")):
        assert world.refused("create", token, "key-00001", **world.order()).code == "unauthenticated"
    assert world.refused("create", **world.order()).code == "idempotency_key_missing"


def test_py1_what_cannot_be_paid(world: World) -> None:
    one = world.order()
    account = one["parts"][0]["account"]
    twice = one | {"parts": one["parts"] * 2}
    assert faults_of(world.refused("create", key="k" * 8, **twice)) == ["/parts"]
    mixed = one | {"parts": [*one["parts"], {"account": world.billing.add(currency="UAH"), "amount": "1"}]}
    assert world.refused("create", key="k" * 8, **mixed).code == "currency_mixed"
    for amount in ("0", "-1", "0.001", "1000000.01"):
        bad = one | {"parts": [{"account": account, "amount": amount}]}
        assert world.refused("create", key="k" * 8, **bad).code == "amount_invalid"
    foreign = one | {"parts": [{"account": new_id(), "amount": "1"}]}
    assert world.refused("create", key="k" * 8, **foreign).code == "not_found"
    assert world.refused("create", key="k" * 8, **one | {"system": "liqpay"}).code == "payment_system_refused"
    for bad_url in (
        "javascript:alert(1)", "", "back", "http://127.0.0.1:99/back", "https://127.0.0.1:9/back",
        "http://127.0.0.1:9@evil.example/", "http://evil.example/http://127.0.0.1:9/", "http://[::1/",
    ):  # fmt: skip
        assert (
            world.refused("create", key="k" * 8, **one | {"return_url": bad_url}).code == "validation_failed"
        )
    assert world.refused("create", key="k" * 8, **one | {"parts": []}).code == "validation_failed"
    for amount in ("NaN", "ten", None):
        bad = one | {"parts": [{"account": account, "amount": amount}]}
        assert world.refused("create", key="k" * 8, **bad).code == "validation_failed"
    world.billing.failure = CabinetError("service_unavailable", service="billing")
    assert world.refused("create", key="k" * 8, **one).code == "service_unavailable"
    # None of these has used the key up.
    assert world.rows("select id from payment") == []
    world.billing.failure = None
    assert world.ask("create", key="k" * 8, **one)["state"] == "pending"


def test_py2_the_system_is_down_then_the_same_key_goes_on(world: World) -> None:
    request = world.order()
    world.sandbox.fault("yookassa.create", "down")
    assert world.refused("create", key="key-00001", **request).code == "payment_system_unavailable"
    [kept] = world.rows("select id::text, state from payment")
    assert kept["state"] == "created" and world.at_the_system(kept["id"]) == []
    answer = world.ask("create", key="key-00001", **request)
    assert (answer["payment"], answer["state"]) == (kept["id"], "pending")
    assert len(world.at_the_system(answer)) == 1


@pytest.mark.parametrize("kind", ["no_answer", "slow"])
@pytest.mark.parametrize("goes_on", ["the same key", "the janitor"])
@pytest.mark.usefixtures("impatient")
def test_py8_an_answer_that_was_lost_ends_in_one_payment(
    world: World, kind: str, goes_on: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = world.order()
    world.sandbox.fault("yookassa.create", kind, **({"seconds": 2.0} if kind == "slow" else {}))
    assert world.refused("create", key="key-00001", **request).code == "payment_system_unavailable"
    [kept] = world.rows("select id::text, state from payment")
    assert kept["state"] == "created"
    monkeypatch.undo()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    if goes_on == "the janitor":
        assert world.look(10) == 0
        assert world.look(6) == 1
        assert world.state(kept["id"]) == "pending"
    answer = world.ask("create", key="key-00001", **request)
    assert (answer["payment"], answer["state"]) == (kept["id"], "pending")
    assert world.at_the_system(kept["id"]) == [world.external(answer)]
    assert answer["confirmation_url"]


def test_py2_a_slow_answer_within_the_limit_is_waited_for(world: World) -> None:
    world.sandbox.fault("yookassa.create", "slow", seconds=0.3)
    assert world.create()["state"] == "pending"


def test_py2_an_error_of_the_system_is_no_refusal(world: World) -> None:
    world.sandbox.fault("yookassa.create", "error")
    assert world.refused("create", key="key-00001", **world.order()).code == "payment_system_unavailable"
    assert [row["state"] for row in world.rows("select state from payment")] == ["created"]


def test_drill9_a_refused_payment_is_final_and_refused_the_same_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.payments.ports.payment_systems import SystemRefusedError

    def refuses(*arguments: object) -> None:
        raise SystemRefusedError("invalid_request")

    monkeypatch.setattr(world.tools.systems["yookassa"], "create", refuses)
    request = world.order()
    refusals = [world.refused("create", key="key-00001", **request) for _ in range(2)]
    assert [(one.code, one.fields) for one in refusals] == [
        ("payment_system_refused", {"reason": "invalid_request"})
    ] * 2
    [row] = world.rows("select state, reason from payment")
    assert (row["state"], row["reason"]) == ("canceled", "invalid_request")
    assert world.look() == 0


def test_py4_ones_payments_are_ones_own(world: World) -> None:
    mine = world.create()
    stranger = world.keys.person()
    refusals = [
        world.refused("payment", token, payment=payment)
        for token, payment in ((stranger, mine["payment"]), (stranger, new_id()), ("", mine["payment"]))
    ]
    assert {(one.code, one.detail) for one in refusals} == {("payment_not_found", refusals[0].detail)}
    assert world.ask("history", stranger) == {"payments": []}
    assert world.refused("history", "").code == "unauthenticated"


def test_gw3_history_is_newest_first_page_by_page(world: World) -> None:
    made = []
    for _ in range(5):
        made.append(world.create()["payment"])
        world.clock.moment = world.clock.moment.replace(minute=world.clock.moment.minute + 1)
    first = world.ask("history", limit=3)["payments"]
    rest = world.ask("history", limit=3, before=first[-1]["created_at"])["payments"]
    assert [row["payment"] for row in first + rest] == made[::-1]
    assert first[0]["parts"][0]["amount"] == "300.00"


def test_gw3_history_of_chosen_accounts(world: World) -> None:
    request = world.order("10.00", "20.00")
    wanted = world.ask("create", key="key-00001", **request)
    account = request["parts"][1]["account"]
    for _ in range(3):
        world.create()
    shown = world.ask("history", accounts=[account], limit=1)["payments"]
    assert [row["payment"] for row in shown] == [wanted["payment"]] and len(shown[0]["parts"]) == 2
    assert world.ask("history", accounts=[new_id()]) == {"payments": []}
    [of_amount] = world.ask("history", least="30.00", greatest="30.00")["payments"]
    assert of_amount["payment"] == wanted["payment"]
    assert (
        world.ask("history", greatest="0.01") == world.ask("history", provider="nobody") == {"payments": []}
    )
    assert world.ask("history", world.keys.person(), accounts=[account]) == {"payments": []}


def test_gw3_what_somebody_else_paid_for_an_account_is_seen_and_nothing_else_of_it(world: World) -> None:
    request = world.order("10.00", "20.00")
    made = world.ask("create", key="key-00001", **request)
    account, other = request["parts"][1]["account"], new_id()
    with world.database.transaction() as tx:
        access.grant(tx, other, account, ["see"], NOW)
    neighbour = world.keys.person(other)
    assert world.ask("history", neighbour) == {"payments": []}
    world.pay(made)
    world.told(world.external(made))
    [shown] = world.ask("history", neighbour, least="20.00", greatest="20.00")["payments"]
    assert (shown["own"], shown["total"], shown["system"], shown["receipt_state"]) == (
        False,
        "20.00",
        None,
        None,
    )
    assert [(part["account"], part["amount"]) for part in shown["parts"]] == [(account, "20.00")]
    assert world.ask("history")["payments"][0]["own"] is True

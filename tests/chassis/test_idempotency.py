"""A key stands for one effect and one answer, per subject."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from eventlet.event import Event as GreenEvent

from authorisation.contexts import ServiceContext, ServiceContextProvider
from authorisation.operations import IF_KEYED, command
from chassis import idempotency
from chassis.database import Database, make_engine
from chassis.rpc.client import RemoteService
from contracts.errors import CabinetError
from contracts.identifiers import new_id
from contracts.rpc.base import Request
from tests.support_code import databases
from tests.support_code.bus import calling
from tests.support_code.services import Running
from tests.support_code.tokens import Tokens
from tests.support_code.waiting import eventually


class Pay(Request, frozen=True, kw_only=True):
    amount: str


class TillService:
    name = "till"
    service: ServiceContext = ServiceContextProvider()
    behave: Callable[[], None] = staticmethod(lambda: None)

    @command(idempotent=True)
    def pay(self, call: Any, request: Pay) -> Any:
        call.tx.run("insert into effect (amount) values (:amount)", amount=request.amount)
        type(self).behave()
        if request.amount == "0":
            raise CabinetError("amount_invalid")
        if request.amount == "-1":
            return call.refuse("payment_system_refused", reason="limit")
        return {"payment": new_id(), "amount": request.amount}

    @command(idempotent=True)
    def pay_back(self, call: Any, request: Pay) -> Any:
        return {"back": request.amount}

    @command(idempotent=IF_KEYED)
    def count(self, call: Any, request: Pay) -> Any:
        call.tx.run("insert into effect (amount) values (:amount)", amount=request.amount)
        return {"effect": new_id()}


@pytest.fixture
def till(
    scratch_database: str, run_service: Callable[..., Running], rpc: Callable[..., RemoteService]
) -> RemoteService:
    databases.rows(scratch_database, "create table effect (amount text)")
    run_service(TillService)
    return rpc("till")


def _effects(database: str) -> int:
    count: int = databases.value(database, "select count(*) from effect")
    return count


def _code(call: Callable[[], Any]) -> str:
    with pytest.raises(CabinetError) as caught:
        call()
    return caught.value.code


def test_without_a_key_nothing_is_done(till: RemoteService, scratch_database: str) -> None:
    assert _code(lambda: till.pay(amount="5")) == "idempotency_key_missing"
    assert CabinetError("idempotency_key_missing").status == 400
    assert _effects(scratch_database) == 0


def test_a_command_that_needs_no_key_keeps_one_that_came(till: RemoteService, scratch_database: str) -> None:
    assert till.count(amount="1") != till.count(amount="1")
    with calling(key="k1"):
        assert till.count(amount="1") == till.count(amount="1")
        assert _code(lambda: till.count(amount="2")) == "idempotency_key_reused"
    assert _effects(scratch_database) == 3


def test_the_same_request_again_gets_the_same_answer_and_does_nothing(
    till: RemoteService, scratch_database: str
) -> None:
    with calling(key="k1"):
        first = till.pay(amount="5")
        assert till.pay(amount="5") == first
    assert _effects(scratch_database) == 1


def test_another_request_under_the_same_key_is_refused(till: RemoteService, scratch_database: str) -> None:
    with calling(key="k1"):
        till.pay(amount="5")
        assert _code(lambda: till.pay(amount="6")) == "idempotency_key_reused"
        assert _code(lambda: till.pay_back(amount="5")) == "idempotency_key_reused"
    assert CabinetError("idempotency_key_reused").status == 422
    assert _effects(scratch_database) == 1


def test_while_the_first_is_under_way_the_second_is_told_so(
    till: RemoteService, scratch_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = GreenEvent(), GreenEvent()

    def behave() -> None:
        begun.send(None)
        go_on.wait()

    monkeypatch.setattr(TillService, "behave", staticmethod(behave))
    with calling(key="k1"):
        first = till.start("pay", amount="5")
        begun.wait()
        assert _code(lambda: till.pay(amount="5")) == "idempotency_in_flight"
        go_on.send(None)
        assert first.result() == till.pay(amount="5")
    assert CabinetError("idempotency_in_flight").status == 409
    assert _effects(scratch_database) == 1


def test_fifty_at_once_have_one_effect_and_one_answer(till: RemoteService, scratch_database: str) -> None:
    with calling(key="k1"):
        calls = [till.start("pay", amount="5") for _ in range(50)]
        answers: list[Any] = []
        for call in calls:
            try:
                answers.append(call.result())
            except CabinetError as error:
                assert error.code == "idempotency_in_flight"
        answers.append(till.pay(amount="5"))
    assert _effects(scratch_database) == 1
    assert all(answer == answers[0] for answer in answers)


def test_a_key_belongs_to_its_subject(till: RemoteService, scratch_database: str, tokens: Tokens) -> None:
    answers = []
    for person in ("p1", "p2"):
        with calling(tokens.person(person), key="k1"):
            answers.append(till.pay(amount="5"))
    assert answers[0] != answers[1]
    assert _effects(scratch_database) == 2


def test_a_failed_request_leaves_its_key_free(till: RemoteService, scratch_database: str) -> None:
    with calling(key="k1"):
        assert _code(lambda: till.pay(amount="0")) == "amount_invalid"
        assert till.pay(amount="5")["amount"] == "5"
    assert _effects(scratch_database) == 1


def test_a_refusal_that_was_committed_is_the_answer_the_next_time_too(
    till: RemoteService, scratch_database: str
) -> None:
    with calling(key="k1"):
        for _ in range(3):
            with pytest.raises(CabinetError) as caught:
                till.pay(amount="-1")
            assert (caught.value.code, caught.value.fields) == ("payment_system_refused", {"reason": "limit"})
    assert _effects(scratch_database) == 1


def test_the_order_of_fields_does_not_count() -> None:
    one = idempotency.fingerprint("pay", {"a": 1, "b": {"c": 2, "d": 3}})
    assert one == idempotency.fingerprint("pay", {"b": {"d": 3, "c": 2}, "a": 1})
    assert one != idempotency.fingerprint("pay", {"a": 1, "b": {"c": 2, "d": 4}})
    assert one != idempotency.fingerprint("refund", {"a": 1, "b": {"c": 2, "d": 3}})


def test_keys_are_kept_for_a_day_at_least_and_then_forgotten(
    till: RemoteService, scratch_database: str
) -> None:
    with calling(key="old"):
        till.pay(amount="1")
    with calling(key="yesterday"):
        till.pay(amount="1")
    age = "update idempotency set created_at = now() - %s::interval where key = %s"
    databases.rows(scratch_database, age, "3 days", "old")
    databases.rows(scratch_database, age, "25 hours", "yesterday")
    database = Database(make_engine(scratch_database))
    with database.transaction() as tx:
        assert idempotency.forget_old(tx) == 1
    database.engine.dispose()
    assert eventually(lambda: databases.rows(scratch_database, "select key from idempotency")) == [
        ("yesterday",)
    ]

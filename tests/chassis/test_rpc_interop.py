"""Other teams use nameko as it comes: it can call us, and we can call it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from nameko.exceptions import RemoteError
from nameko.rpc import rpc as stock_served

from chassis import context
from chassis.rpc.client import Remote, RemoteService
from chassis.rpc.server import rpc as served
from contracts.errors import CabinetError
from tests.support_code.services import Running
from tests.support_code.waiting import PATIENCE, eventually


class OursService:
    name = "ours"
    has_database = False
    theirs: RemoteService = Remote("theirs", deadline=PATIENCE)

    @served
    def double(self, call: Any, number: int) -> int:
        return 2 * number

    @served
    def refuse(self, call: Any) -> None:
        raise CabinetError("reading_below_last", last="17")

    @served
    def ask_theirs(self, call: Any, method: str, **kwargs: Any) -> Any:
        context.enter(call)
        return self.theirs.start(method, **kwargs).result()


class TheirsService:
    name = "theirs"
    has_database = False

    @stock_served
    def triple(self, number: int) -> int:
        return 3 * number

    @stock_served
    def boom(self) -> None:
        raise ValueError("their business")


@pytest.fixture
def ours(run_service: Callable[..., Running]) -> None:
    run_service(OursService)


def test_a_stock_client_gets_our_result(ours: None, stock_rpc: Any) -> None:
    assert stock_rpc.ours.double(number=21) == 42


def test_a_stock_client_gets_our_code_and_words_as_a_remote_error(ours: None, stock_rpc: Any) -> None:
    with pytest.raises(RemoteError) as caught:
        stock_rpc.ours.refuse()
    assert caught.value.exc_type == "reading_below_last"
    assert caught.value.value == "The reading is below the last one."


def test_a_stock_client_with_positional_arguments_is_told_so(ours: None, stock_rpc: Any) -> None:
    with pytest.raises(RemoteError) as caught:
        stock_rpc.ours.double(21)
    assert caught.value.exc_type == "malformed_request"


def test_our_client_calls_a_stock_service(
    ours: None, run_service: Callable[..., Running], rpc: Callable[..., RemoteService]
) -> None:
    run_service(TheirsService)
    assert rpc("ours").ask_theirs(method="triple", number=14) == 42


def test_errors_of_a_stock_service_become_codes_without_its_words(
    ours: None, run_service: Callable[..., Running], rpc: Callable[..., RemoteService]
) -> None:
    run_service(TheirsService)
    for method, code in (("boom", "internal_error"), ("fly", "unknown_method")):
        with pytest.raises(CabinetError) as caught:
            rpc("ours").ask_theirs(method=method)
        assert caught.value.code == code
        assert "their business" not in str(caught.value)


def test_our_client_finds_its_stock_replies_again_after_a_reconnect(
    ours: None, run_service: Callable[..., Running], rpc: Callable[..., RemoteService]
) -> None:
    run_service(TheirsService)
    service = run_service(OursService)
    service.connections[0].drop()
    assert eventually(lambda: service.connections[0].generation == 2 and service.connections[0].up)
    for _ in range(4):  # one of the two replicas, in turn
        assert rpc("ours").ask_theirs(method="triple", number=1) == 3

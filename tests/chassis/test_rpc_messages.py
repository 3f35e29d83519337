"""What arrives on an RPC queue may be anything: none of it harms the service or its neighbours."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import eventlet
import pytest
from structlog.testing import capture_logs

from authorisation.contexts import ServiceContext, ServiceContextProvider
from authorisation.operations import command
from chassis.amqp.properties import encode_properties
from chassis.amqp.tables import encode_table
from chassis.rpc.client import RemoteService
from chassis.rpc.server import rpc as served
from contracts.errors import CabinetError
from contracts.identifiers import new_id
from contracts.rpc.base import Request
from tests.support_code.bus import Bus
from tests.support_code.services import Running
from tests.support_code.waiting import eventually

SECRET = "phone +79991234567"


class Numbers(Request, frozen=True, kw_only=True):
    left: int


class PlainService:
    name = "plain"
    has_database = False
    seen: list[Any] = []

    @served
    def add(self, call: Any, left: int, right: int) -> int:
        self.seen.append((left, right))
        return left + right

    @served
    def boom(self, call: Any) -> None:
        raise ValueError(SECRET)

    @served
    def unserialisable(self, call: Any) -> Any:
        return object()

    @served
    def refuse(self, call: Any) -> None:
        raise CabinetError("reading_below_last", last="17")


class HousedService:
    name = "housed"
    service: ServiceContext = ServiceContextProvider()

    @command
    def take(self, call: Any, request: Numbers) -> Any:
        return request

    @command
    def dawdle(self, call: Any, request: Numbers) -> Any:
        with eventlet.Timeout(0.05):
            eventlet.sleep(30)


@pytest.fixture
def plain(run_service: Callable[..., Running], rpc: Callable[..., RemoteService]) -> RemoteService:
    PlainService.seen.clear()
    run_service(PlainService)
    service = rpc("plain")
    assert service.add(left=1, right=1) == 2
    return service


@pytest.fixture
def ask(bus: Bus, plain: RemoteService) -> Callable[..., Any]:
    """Send raw bytes and give the decoded reply."""

    def send(method: str, body: bytes, content_type: str = "application/json") -> Any:
        key = new_id()
        replies = bus.listen("nameko-rpc", key)
        bus.publish(
            "nameko-rpc", f"plain.{method}", body, content_type=content_type, reply_to=key, correlation_id="7"
        )
        message = eventually(lambda: bus.take(replies))[0]
        bus.delete(replies)
        assert message.properties["correlation_id"] == "7"
        return json.loads(message.body)

    return send


def _request(**kwargs: Any) -> bytes:
    return json.dumps({"args": [], "kwargs": kwargs}).encode()


def test_a_message_without_reply_to_is_carried_out_and_kills_nothing(plain: RemoteService, bus: Bus) -> None:
    for _ in range(3):
        bus.publish("nameko-rpc", "plain.add", _request(left=20, right=2))
    assert eventually(lambda: PlainService.seen.count((20, 2)) == 3)
    assert plain.add(left=2, right=3) == 5
    assert bus.depth("rpc-plain") == 0


def test_an_unknown_method_is_answered_with_a_code(plain: RemoteService) -> None:
    with pytest.raises(CabinetError) as caught:
        plain.fly()
    assert caught.value.code == "unknown_method"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"\xff\xfe\x00",
        b"[]",
        b"17",
        b'{"kwargs": []}',
        b'{"args": [1, 2], "kwargs": {}}',
        b'{"args": [1], "kwargs": {"right": 2}}',
    ],
    ids=["empty", "text", "binary", "list", "number", "kwargs list", "positional", "some positional"],
)
def test_a_request_in_another_shape_is_malformed(
    ask: Callable[..., Any], plain: RemoteService, body: bytes
) -> None:
    error = ask("add", body)["error"]
    assert error["code"] == "malformed_request"
    assert plain.add(left=1, right=2) == 3


def test_wrong_names_of_arguments_are_an_error_of_that_call_only(plain: RemoteService) -> None:
    with pytest.raises(CabinetError) as caught:
        plain.add(left=1, wrong=2)
    assert caught.value.code == "internal_error"
    assert plain.add(left=1, right=2) == 3


class _Trap:
    """Leaves a file where somebody unpickles it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return open, (str(self.path), "w")


def test_a_pickle_is_never_opened(ask: Callable[..., Any], tmp_path: Path) -> None:
    body = pickle.dumps({"args": (), "kwargs": {"left": _Trap(tmp_path / "opened"), "right": 1}})
    answer = ask("add", body, content_type="application/x-python-serialize")
    assert answer["error"]["code"] == "malformed_request"
    assert not (tmp_path / "opened").exists()


def _nested(depth: int) -> bytes:
    value = encode_table({})
    for _ in range(depth):
        inner = b"\x01aF" + value
        value = len(inner).to_bytes(4, "big") + inner
    return value


@pytest.mark.parametrize(
    "headers",
    [_nested(3000), b"\x00\x00\x00\x0b\x01tT\x7f\xff\xff\xff\xff\xff\xff\xff"],
    ids=["deep nesting", "a time beyond all calendars"],
)
def test_headers_that_cannot_be_read_kill_nothing(plain: RemoteService, bus: Bus, headers: bytes) -> None:
    properties = b"\x20\x00" + headers
    for _ in range(3):
        bus.publish_raw("nameko-rpc", "plain.add", _request(left=1, right=2), properties)
    assert plain.add(left=2, right=2) == 4


def test_properties_of_full_length_and_no_utf8_kill_nothing(plain: RemoteService, bus: Bus) -> None:
    properties = b"\x86\x00" + b"\xff" + b"\xfe" * 255 + b"\xff" + b"\xfd" * 255 + b"\xff" + b"\xfc" * 255
    bus.publish_raw("nameko-rpc", "plain.add", _request(left=1, right=2), properties)
    assert plain.add(left=2, right=2) == 4


def test_an_unexpected_exception_crosses_without_its_text_and_is_logged_without_it(
    plain: RemoteService,
) -> None:
    with capture_logs() as logs, pytest.raises(CabinetError) as caught:
        plain.boom()
    assert caught.value.code == "internal_error"
    assert SECRET not in f"{caught.value} {caught.value.fields}"
    assert [entry["method"] for entry in logs if entry["event"] == "rpc_failed"] == ["plain.boom"]


def test_a_result_that_is_no_json_is_an_internal_error(plain: RemoteService) -> None:
    with pytest.raises(CabinetError) as caught:
        plain.unserialisable()
    assert caught.value.code == "internal_error"
    assert plain.add(left=2, right=2) == 4


def test_errors_keep_code_words_and_fields(plain: RemoteService) -> None:
    with pytest.raises(CabinetError) as caught:
        plain.refuse()
    assert caught.value.code == "reading_below_last"
    assert caught.value.fields == {"last": "17"}
    assert caught.value.detail == CabinetError("reading_below_last").detail


@pytest.mark.parametrize("field", ["self", "received", "call"])
def test_fields_named_like_our_own_parameters_are_validated_like_others(
    run_service: Callable[..., Running], rpc: Callable[..., RemoteService], field: str
) -> None:
    run_service(HousedService)
    with pytest.raises(CabinetError) as caught:
        rpc("housed").start("take", **{"left": 1, field: 1}).result()
    assert caught.value.code == "validation_failed"
    assert [fault["pointer"] for fault in caught.value.fields["errors"]] == [f"/{field}"]
    assert rpc("housed").take(left=5) == {"left": 5}


def test_a_bare_timeout_in_a_method_fails_that_call_and_not_the_container(
    run_service: Callable[..., Running], rpc: Callable[..., RemoteService]
) -> None:
    service = run_service(HousedService)
    with pytest.raises(CabinetError) as caught:
        rpc("housed").dawdle(left=1)
    assert caught.value.code == "deadline_exceeded"
    assert rpc("housed").take(left=5) == {"left": 5}
    assert not service.container._died.ready()


def test_the_answer_to_a_caller_that_has_gone_harms_nobody(plain: RemoteService, bus: Bus) -> None:
    gone = encode_properties(reply_to=_reply_address_of_a_closed_connection(bus), correlation_id="1")
    bus.publish_raw("nameko-rpc", "plain.add", _request(left=1, right=2), gone)
    bus.publish("nameko-rpc", "plain.add", _request(left=1, right=2), reply_to="nobody")
    assert plain.add(left=2, right=2) == 4


def test_a_reply_goes_to_reply_queues_only_whatever_a_caller_names(plain: RemoteService, bus: Bus) -> None:
    """Else a caller could make the service send a command to another, under the service's own rights."""
    heard = bus.listen("nameko-rpc", "victim.*")
    for address in ("victim.transfer", "plain.add", "amq.rabbitmq.reply-to.x", "rpc-victim", "x" * 200):
        bus.publish(
            "nameko-rpc", "plain.add", _request(left=1, right=2), reply_to=address, correlation_id="1"
        )
    assert plain.add(left=2, right=2) == 4
    assert bus.depth(heard) == 0


def _reply_address_of_a_closed_connection(bus: Bus) -> str:
    """What the broker makes of ``amq.rabbitmq.reply-to``."""
    import amqp

    queue = bus.listen("nameko-rpc", "tap")
    with bus.channel() as channel:
        channel.basic_consume("amq.rabbitmq.reply-to", no_ack=True)
        channel.basic_publish(amqp.Message("", reply_to="amq.rabbitmq.reply-to"), "nameko-rpc", "tap")
    address: str = bus.take(queue)[0].properties["reply_to"]
    assert address.startswith("amq.rabbitmq.reply-to.")
    return address


def test_more_calls_than_workers_wait_their_turn(
    run_service: Callable[..., Running], rpc: Callable[..., RemoteService]
) -> None:
    at_once: list[int] = []
    now = 0

    class BusyService:
        name = "busy"
        has_database = False

        @served
        def work(self, call: Any, number: int) -> int:
            nonlocal now
            now += 1
            at_once.append(now)
            eventlet.sleep(0.05)
            now -= 1
            return number

    run_service(BusyService, rpc_workers=4)
    calls = [rpc("busy").start("work", number=n) for n in range(40)]
    assert [call.result() for call in calls] == list(range(40))
    assert max(at_once) == 4

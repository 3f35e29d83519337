"""Calls end at their deadline, whatever the other side does, and are not carried out after it."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import eventlet
import pytest

from chassis import context, topology
from chassis.amqp.connecting import connection
from chassis.amqp.shared_connection import SharedConnection
from chassis.rpc import client as rpc_client
from chassis.rpc.client import Pending, Remote, RemoteService, RpcClient
from chassis.rpc.server import rpc as served
from contracts.errors import CabinetError
from tests.support_code.bus import Bus, calling
from tests.support_code.nodes import Nodes
from tests.support_code.services import free_port
from tests.support_code.waiting import PATIENCE, eventually, stays

SLOWPOKE = "tests.chassis.services.slowpoke"


class FrontService:
    """Calls others on behalf of its callers."""

    name = "front"
    has_database = False
    hung: RemoteService = Remote("hung", deadline=4.0)
    back: RemoteService = Remote("back", deadline=PATIENCE)

    @served
    def ask_hung(self, call: Any) -> Any:
        context.enter(call)
        return self.hung.anything()

    @served
    def ask_back(self, call: Any) -> Any:
        context.enter(call)
        return self.back.deadline()

    @served
    def ping(self, call: Any) -> str:
        return "pong"


class BackService:
    name = "back"
    has_database = False

    @served
    def deadline(self, call: context.CallContext) -> float:
        return call.deadline


@pytest.fixture
def hung(bus: Bus) -> str:
    """A service whose queue is there, but that never answers; its queue."""
    with bus.channel() as channel:
        channel.exchange_declare("nameko-rpc", "topic", durable=True, auto_delete=False)
        queue = "rpc-hung"
        channel.queue_declare(queue, durable=True, auto_delete=False, arguments={"x-expires": 300_000})
        channel.queue_purge(queue)
        channel.queue_bind(queue, "nameko-rpc", "hung.*")
    return queue


def _code(call: Callable[[], Any]) -> tuple[str, float]:
    began = time.monotonic()
    with pytest.raises(CabinetError) as caught:
        call()
    return caught.value.code, time.monotonic() - began


def test_a_call_to_a_stopped_service_ends_at_its_deadline_and_its_commands_never_run(
    spawn_service: Callable[..., Any], rpc: Callable[..., RemoteService], tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    process = spawn_service(SLOWPOKE, environment={"NOTES": str(notes)})
    assert rpc("slowpoke").note(text="before") == "before"

    process.pause()
    slowpoke = rpc("slowpoke", deadline=0.4)
    commands = [slowpoke.start("note", text=f"stale {n}") for n in range(40)]
    for command in commands:
        code, _ = _code(command.result)
        assert code == "deadline_exceeded"
    code, seconds = _code(lambda: slowpoke.note(text="stale"))
    assert code == "deadline_exceeded"
    assert 0.35 < seconds < 10

    process.resume()
    assert rpc("slowpoke").note(text="after") == "after"  # it comes after all the others
    assert notes.read_text().splitlines() == ["before", "after"]


def test_a_missing_service_is_an_error_at_once_even_if_no_service_ever_was(nodes: Nodes) -> None:
    """In an empty virtual host, and without the loss of a connection that other calls share."""
    with nodes.vhost_for_a_moment("empty") as vhost:
        with connection(nodes.amqp_url(vhost=vhost)) as deploying:
            topology.declare_base(deploying.channel())
        link = SharedConnection(nodes.amqp_url(vhost=vhost), "first")
        service = RemoteService(RpcClient(link), "nobody", PATIENCE)
        assert link.start(wait=PATIENCE)
        code, seconds = _code(service.anything)
        assert code == "service_unavailable"
        assert seconds < PATIENCE / 4
        assert (link.up, link.generation) == (True, 1)
        link.stop()


def test_a_request_expires_in_the_queue_at_its_deadline(
    rpc: Callable[..., RemoteService], bus: Bus, hung: str
) -> None:
    pending = rpc("hung", deadline=3.0).start("anything")
    assert eventually(lambda: bus.depth(hung) == 1)
    assert _code(pending.result)[0] == "deadline_exceeded"
    assert eventually(lambda: bus.depth(hung) == 0)


def test_a_request_delivered_after_its_deadline_is_dropped(
    run_service: Callable[..., Any], rpc: Callable[..., RemoteService], bus: Bus
) -> None:
    """Without an expiration: it waited in the service's own hands."""
    ran: list[str] = []

    class LateService:
        name = "late"
        has_database = False

        @served
        def act(self, call: Any, mark: str) -> None:
            ran.append(mark)

    run_service(LateService)
    body = b'{"args": [], "kwargs": {"mark": "stale"}}'
    past = {context.DEADLINE: int(time.time() * 1000) - 50}
    bus.publish("nameko-rpc", "late.act", body, headers=past)
    rpc("late").act(mark="fresh")
    assert ran == ["fresh"]


def test_hung_calls_freeze_neither_other_calls_nor_health(
    run_service: Callable[..., Any], rpc: Callable[..., RemoteService], hung: str
) -> None:
    """nameko's ten workers would all wait for the hung service, and its health page with them."""
    port = free_port()
    run_service(FrontService, health={"port": port, "host": "127.0.0.1"}, rpc_workers=30)
    front = rpc("front")
    stuck = [front.start("ask_hung") for _ in range(25)]
    assert front.ping() == "pong"
    assert not any(pending.done for pending in stuck)  # so it did not wait for them

    # Now every worker is taken; only health must still answer.
    stuck += [front.start("ask_hung") for _ in range(10)]
    assert _health(port) == 200
    assert not any(pending.done for pending in stuck)
    for pending in stuck[:25]:
        assert _code(pending.result)[0] == "deadline_exceeded"


def _health(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", "/health/ready")
    status = connection.getresponse().status
    connection.close()
    return status


def test_calls_beyond_the_limit_for_one_service_are_refused_at_once(
    rpc: Callable[..., RemoteService], hung: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rpc_client, "IN_FLIGHT_LIMIT", 5)
    service = rpc("hung", deadline=1.0)
    waiting = [service.start("anything") for _ in range(5)]
    refused = service.start("anything")
    assert refused.done
    assert _code(refused.result)[0] == "too_many_calls"
    assert _code(rpc("nobody").anything)[0] == "service_unavailable"  # others are not concerned
    for pending in waiting:
        assert _code(pending.result)[0] == "deadline_exceeded"
    assert _code(service.anything)[0] == "deadline_exceeded"  # there is room again


def test_the_deadline_travels_with_the_call_and_only_shrinks(
    run_service: Callable[..., Any], rpc: Callable[..., RemoteService]
) -> None:
    run_service(FrontService)
    run_service(BackService)
    before = time.time()
    assert before + 29 < rpc("front", deadline=30.0).ask_back() <= time.time() + 30.0
    with calling(deadline=before + 20):
        assert rpc("front", deadline=60.0).ask_back() == pytest.approx(before + 20, abs=0.01)


def test_a_call_whose_deadline_has_passed_already_is_not_sent(rpc: Callable[..., RemoteService]) -> None:
    with calling(deadline=time.time() - 1):
        pending = rpc("nobody").start("anything")
    assert pending.done  # nothing was sent that could be answered
    assert _code(pending.result)[0] == "deadline_exceeded"


def test_calls_under_way_end_when_the_connection_is_lost(bus: Bus, hung: str) -> None:
    link = SharedConnection(bus.url, "short-lived")
    service = RemoteService(RpcClient(link), "hung", 3 * PATIENCE)
    assert link.start(wait=PATIENCE)
    pending = service.start("anything")
    eventlet.spawn_after(0.1, link.drop)
    with pytest.raises(CabinetError) as caught, eventlet.Timeout(PATIENCE, AssertionError("it waits on")):
        pending.result()
    link.stop()
    assert (caught.value.code, caught.value.fields["outcome"]) == ("service_unavailable", "unknown")


def test_a_waiter_that_left_is_not_woken_by_the_late_answer() -> None:
    """The answer comes in the same turn of the loop as the waiter's own timeout: its next wait must stay whole."""

    class Client:
        def forget(self, pending: Any) -> None:
            pass

    class GiveUpError(Exception):
        pass

    pending = Pending(Client(), "1", "some.thing", time.time() + PATIENCE)  # type: ignore[arg-type]
    slept: list[float] = []

    def wait() -> None:
        try:
            pending.result()
        except GiveUpError:
            began = time.monotonic()
            eventlet.sleep(0.3)
            slept.append(time.monotonic() - began)

    waiter = eventlet.spawn(wait)
    eventlet.sleep(0)
    eventlet.hubs.get_hub().schedule_call_global(0, waiter.throw, GiveUpError())
    pending.settle("too late")
    assert eventually(lambda: slept)
    assert slept[0] > 0.25


def test_a_waiter_that_is_woken_for_another_reason_waits_on(
    rpc: Callable[..., RemoteService], hung: str
) -> None:
    pending = rpc("hung", deadline=2.0).start("anything")
    outcomes: list[Any] = []

    def wait() -> None:
        try:
            outcomes.append(pending.result())
        except CabinetError as error:
            outcomes.append(error.code)

    waiter = eventlet.spawn(wait)
    eventlet.sleep(0.05)
    eventlet.hubs.get_hub().schedule_call_global(0, waiter.switch)
    stays(lambda: outcomes == [], 0.5)
    assert eventually(lambda: outcomes == ["deadline_exceeded"])

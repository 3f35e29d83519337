"""What a transaction announced is published after its commit: at least once, in order, soon, by one replica."""

from __future__ import annotations

import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import eventlet
import pytest
from nameko.events import event_handler

from authorisation.contexts import ServiceContextProvider
from chassis import outbox_relay
from chassis.amqp.channel import SharedChannel
from chassis.amqp.delivery import Delivery
from chassis.amqp.shared_connection import SharedConnection
from chassis.outbox_relay import OutboxRelay
from chassis.rpc.client import RemoteService
from contracts.errors import CabinetError
from contracts.events.support import AppealAnswered
from tests.chassis.services.announcer import AnnouncerService
from tests.support_code import databases
from tests.support_code.bus import Bus, calling
from tests.support_code.services import Running
from tests.support_code.waiting import PATIENCE, eventually, stays

EXCHANGE = "support.events"


@pytest.fixture
def published(bus: Bus) -> Any:
    """A list that fills with all messages on the exchange, in the order of their arrival."""
    queue = bus.listen(EXCHANGE)
    seen: list[tuple[float, Delivery]] = []
    link = SharedConnection(bus.url, "listener")
    link.channel().consume(queue, lambda delivery: seen.append((time.time(), delivery)), no_ack=True)
    assert link.start(wait=PATIENCE)
    yield seen
    link.stop()
    bus.delete(queue)


def _numbers(published: list[tuple[float, Delivery]]) -> list[int]:
    return [int(json.loads(delivery.body)["person"]) for _, delivery in published]


def _waiting(database: str) -> int:
    count: int = databases.value(database, "select count(*) from outbox")
    return count


def test_an_event_carries_cloudevents_attributes_trace_and_request_id(
    run_service: Callable[..., Running], rpc: Callable[..., RemoteService], published: Any
) -> None:
    run_service(AnnouncerService)
    trace = f"00-{'ab' * 16}-{'cd' * 8}-01"
    with calling(request_id="r-17", traceparent=trace):
        rpc("support").announce(first=5, count=1)
    ((_, delivery),) = eventually(lambda: published)
    headers, properties = delivery.headers, delivery.properties
    assert (delivery.exchange, delivery.routing_key) == (EXCHANGE, "appeal_answered")
    assert headers["cloudEvents:specversion"] == "1.0"
    assert headers["cloudEvents:source"] == "/support"
    assert headers["cloudEvents:type"] == "support.appeal_answered.v1"
    assert headers["cloudEvents:subject"] == "a2"
    assert headers["cloudEvents:id"] == properties["message_id"]
    assert headers["x-request-id"] == "r-17"
    assert headers["traceparent"].split("-")[1] == "ab" * 16
    assert headers["traceparent"].split("-")[2] != "cd" * 8
    assert (properties["content_type"], properties["delivery_mode"]) == ("application/json", 2)
    assert AppealAnswered.from_payload(json.loads(delivery.body)).aggregate() == "a2"


def test_a_rolled_back_transaction_announces_nothing(
    run_service: Callable[..., Running], rpc: Callable[..., RemoteService], published: Any
) -> None:
    run_service(AnnouncerService)
    with pytest.raises(CabinetError):
        rpc("support").announce_and_fail(first=0, count=1)
    rpc("support").announce(first=1, count=1)
    assert eventually(lambda: published)
    assert _numbers(published) == [1]


def test_the_relay_wakes_at_the_commit(
    run_service: Callable[..., Running],
    rpc: Callable[..., RemoteService],
    published: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A relay that only looks now and then would take minutes, since here it hardly looks by itself."""
    monkeypatch.setattr(outbox_relay, "LOOK_EVERY", 10 * PATIENCE)
    run_service(AnnouncerService)
    for number in range(12):
        rpc("support").announce(first=number, count=1)
        eventually(lambda expected=number: len(published) > expected)
        eventlet.sleep(0.01)


def test_an_event_is_out_soon_after_its_commit(
    run_service: Callable[..., Running], rpc: Callable[..., RemoteService], published: Any
) -> None:
    """Looking once a second would take half a second in the median."""
    run_service(AnnouncerService)
    times = []
    for number in range(12):
        began = time.time()
        rpc("support").announce(first=number, count=1)
        eventually(lambda expected=number: len(published) > expected, every=0.002)
        times.append(published[number][0] - began)
        eventlet.sleep(0.01)
    assert statistics.median(times) < 0.25


def test_more_events_than_a_batch_keep_their_order(
    run_service: Callable[..., Running],
    rpc: Callable[..., RemoteService],
    published: Any,
    scratch_database: str,
) -> None:
    run_service(AnnouncerService)
    rpc("support").announce(first=0, count=1200)
    assert eventually(lambda: len(published) == 1200)
    assert _numbers(published) == list(range(1200))
    assert eventually(lambda: _waiting(scratch_database) == 0)


def test_a_relay_killed_between_publish_and_delete_loses_nothing_and_keeps_order(
    spawn_service: Callable[..., Any],
    rpc: Callable[..., RemoteService],
    published: Any,
    scratch_database: str,
    tmp_path: Path,
) -> None:
    mark = tmp_path / "die"
    process = spawn_service("tests.chassis.services.announcer", environment={"DIE_ONCE": str(mark)})
    total = 0
    for _ in range(3):
        mark.touch()
        # The answer may leave before the death, or not: nobody waits for it.
        rpc("support").start("announce", first=total, count=40)
        total += 40
        process.wait(PATIENCE)
        assert process.returncode == -9
        assert _waiting(scratch_database) == 40  # published, but not known to be
        process.start()
        process.wait_ready(PATIENCE)
        assert eventually(lambda: _waiting(scratch_database) == 0)
    eventually(lambda: len(published) >= 2 * total)
    ids: dict[int, set[str]] = defaultdict(set)
    first_seen: list[int] = []
    for _, delivery in published:
        number = int(json.loads(delivery.body)["person"])
        if number not in ids:
            first_seen.append(number)
        ids[number].add(delivery.headers["cloudEvents:id"])
    assert first_seen == list(range(total))
    assert all(len(same) == 1 for same in ids.values())  # the repetition is known by its id


def test_of_two_relays_one_publishes_at_a_time(
    run_service: Callable[..., Running],
    rpc: Callable[..., RemoteService],
    published: Any,
    scratch_database: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both at once would publish the same rows twice, or an aggregate's events out of order."""
    at_work, most = 0, 0
    publish = SharedChannel.publish_confirmed

    def slow(self: SharedChannel, messages: Any, wait: float = 10.0) -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        publish(self, messages, wait)
        eventlet.sleep(0.02)
        at_work -= 1

    one, two = run_service(AnnouncerService), run_service(AnnouncerService)
    monkeypatch.setattr(SharedChannel, "publish_confirmed", slow)
    calls = [rpc("support").start("announce", first=n * 5, count=5) for n in range(20)]
    for call in calls:
        call.result()
        one.extension(OutboxRelay).wake()
        two.extension(OutboxRelay).wake()
    assert eventually(lambda: _waiting(scratch_database) == 0)
    stays(lambda: len(published) <= 100, 0.2)
    assert most == 1
    assert sorted(_numbers(published)) == list(range(100))


def test_rows_that_a_dead_replica_left_are_published_by_another(
    run_service: Callable[..., Running], published: Any, scratch_database: str
) -> None:
    run_service(AnnouncerService)
    databases.rows(
        scratch_database,
        """insert into outbox (aggregate, exchange, routing_key, headers, body)
           values ('a', 'support.events', 'appeal_answered', '{"cloudEvents:id": "left"}', '{"person": "7"}')""",
    )
    assert eventually(lambda: published)
    assert _numbers(published) == [7]


def test_events_wait_in_the_outbox_while_the_broker_is_away(
    run_service: Callable[..., Running], published: Any, scratch_database: str
) -> None:
    service = run_service(AnnouncerService)
    link = service.connections[0]
    url, link._url = link._url, "amqp://nobody:x@127.0.0.1:1/none"
    link.drop()
    assert eventually(lambda: not link.up)
    provider = next(e for e in service.container.extensions if isinstance(e, ServiceContextProvider))
    with provider._made.begin() as ctx:
        ctx.tx.emit(AppealAnswered(appeal="a", person="9", at=ctx.now))
    stays(lambda: _waiting(scratch_database) == 1, 0.3)
    link._url = url
    assert eventually(lambda: _numbers(published) == [9])
    assert eventually(lambda: _waiting(scratch_database) == 0)


def test_a_service_that_is_told_to_stop_publishes_what_is_there_first(
    run_service: Callable[..., Running],
    rpc: Callable[..., RemoteService],
    published: Any,
    scratch_database: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else it would wait for another replica, or for the next start."""
    service = run_service(AnnouncerService)
    relay = service.extension(OutboxRelay)
    monkeypatch.setattr(relay, "publish_once", lambda: eventlet.sleep(0.05) or 0)
    rpc("support").announce(first=0, count=30)
    monkeypatch.undo()
    service.stop()
    assert _waiting(scratch_database) == 0
    assert eventually(lambda: _numbers(published) == list(range(30)))


def test_a_stock_event_handler_receives_our_event(
    run_service: Callable[..., Running], rpc: Callable[..., RemoteService]
) -> None:
    received: list[Any] = []

    class StockService:
        name = "stock"
        has_database = False

        @event_handler("support", "appeal_answered")
        def on(self, payload: Any) -> None:
            received.append(payload)

    run_service(StockService)
    run_service(AnnouncerService)
    rpc("support").announce(first=3, count=1)
    assert eventually(lambda: received)
    assert received[0]["person"] == "3"
    assert received[0]["appeal"] == "a0"


def test_a_stock_event_handler_may_have_come_first(run_service: Callable[..., Running], bus: Bus) -> None:
    """Whoever declares the exchange first decides on its properties; the other must agree."""

    class EarlyService:
        name = "early"
        has_database = False

        @event_handler("notyet", "appeal_answered")
        def on(self, payload: Any) -> None:
            """Nothing comes."""

    run_service(EarlyService)
    with bus.channel() as channel:
        channel.exchange_declare("notyet.events", "topic", durable=True, auto_delete=False)

"""Events are handled once, put off and buried by the policy, whatever arrives and whoever dies."""

from __future__ import annotations

import json
import pickle
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar

import eventlet
import pytest
from structlog.testing import capture_logs

from authorisation.contexts import ServiceContext, ServiceContextProvider
from chassis import broker, deadletters, subscriptions
from chassis.context import current
from chassis.database import DatabaseConnection
from chassis.subscriptions import FIRST_FAILED, REASON, RETRY, subscribe
from contracts.errors import CabinetError
from contracts.events import Event
from contracts.events.support import AppealAnswered, AppealOpened
from contracts.identifiers import new_id
from tests.support_code import databases
from tests.support_code.bus import Bus
from tests.support_code.services import Running
from tests.support_code.waiting import PATIENCE, eventually, stays

QUEUE = "reader.support.appeal_answered"
DEAD = f"{QUEUE}.dead"
SECRET = "phone +79991234567"


class ReaderService:
    """Writes down what it reads; tests tell it how to fail."""

    name = "reader"
    service: ServiceContext = ServiceContextProvider()
    behave: Callable[[Any], None] = staticmethod(lambda event: None)
    tries: list[str] = []

    @subscribe(AppealAnswered)
    def on_answer(self, call: Any, event: AppealAnswered) -> None:
        self.tries.append(event.appeal)
        call.tx.run(
            "insert into effect (appeal, request, subject) values (:appeal, :request, :subject)",
            appeal=event.appeal,
            request=call.context.request_id,
            subject=call.subject.kind,
        )
        type(self).behave(event)


@pytest.fixture
def database(scratch_database: str) -> str:
    databases.rows(scratch_database, "create table effect (appeal text, request text, subject text)")
    return scratch_database


@pytest.fixture
def reader(
    database: str, run_service: Callable[..., Running], bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> Running:
    """Running, with empty queues and delays of milliseconds instead of seconds and minutes."""
    with bus.channel() as channel:
        broker.topic_exchange("fast.retry").declare(channel=channel)
        for seconds, wait in zip(broker.DELAYS, (30, 40, 50, 60), strict=True):
            arguments = {
                "x-queue-type": "quorum",
                "x-message-ttl": wait,
                "x-dead-letter-exchange": broker.RETURN_EXCHANGE,
            }
            name = f"fast.delay.{seconds}"
            channel.queue_declare(name, durable=True, auto_delete=False, arguments=arguments)
            channel.queue_bind(name, "fast.retry", f"{seconds}.#")
    monkeypatch.setattr(subscriptions, "RETRY_EXCHANGE", "fast.retry")
    monkeypatch.setattr(ReaderService, "behave", staticmethod(lambda event: None))
    ReaderService.tries.clear()
    for queue in (QUEUE, DEAD):
        if bus.depth(queue):
            bus.take(queue)
    return run_service(ReaderService)


def _answer(appeal: str = "a1") -> AppealAnswered:
    return AppealAnswered(appeal=appeal, person="p1", at=datetime(2026, 1, 1, tzinfo=UTC))


def _effects(database: str) -> list[str]:
    return [row[0] for row in databases.rows(database, "select appeal from effect order by appeal")]


def _fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException, appeal: str = "bad") -> None:
    def behave(event: AppealAnswered) -> None:
        if event.appeal == appeal:
            raise error

    monkeypatch.setattr(ReaderService, "behave", staticmethod(behave))


# --- once ---------------------------------------------------------------------------------------------------------


def test_an_event_has_its_effect_and_brings_its_request_id_but_no_subject(
    reader: Running, database: str, publish_event: Callable[..., str]
) -> None:
    publish_event(_answer(), **{"x-request-id": "r-17", "x-subject": "somebody's token", "x-deadline": 1})
    assert eventually(lambda: databases.rows(database, "select * from effect")) == [("a1", "r-17", "nobody")]


def test_a_second_delivery_of_the_same_event_changes_nothing(
    reader: Running, database: str, publish_event: Callable[..., str], bus: Bus
) -> None:
    event_id = publish_event(_answer())
    publish_event(_answer(), **{"cloudEvents:id": event_id})
    publish_event(_answer("a2"))
    assert eventually(lambda: "a2" in _effects(database))
    assert _effects(database) == ["a1", "a2"]
    assert bus.depth(DEAD) == 0


def test_two_replicas_with_the_same_event_at_once_have_one_effect(
    reader: Running,
    database: str,
    publish_event: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    run_service: Callable[..., Running],
) -> None:
    """Both are inside their transactions at the same time; the second waits for the first one's commit."""
    run_service(ReaderService)
    monkeypatch.setattr(ReaderService, "behave", staticmethod(lambda event: eventlet.sleep(0.3)))
    event_id = publish_event(_answer())
    for _ in range(3):
        publish_event(_answer(), **{"cloudEvents:id": event_id})
    assert eventually(lambda: _effects(database))
    stays(lambda: _effects(database) == ["a1"], 0.5)
    assert ReaderService.tries == ["a1"]


def test_a_failed_try_leaves_no_trace_in_the_inbox(
    reader: Running, database: str, publish_event: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the next try would count as a duplicate and the event would be lost."""
    failures = [ValueError("first"), ValueError("second")]

    def behave(event: AppealAnswered) -> None:
        if failures:
            raise failures.pop()

    monkeypatch.setattr(ReaderService, "behave", staticmethod(behave))
    publish_event(_answer())
    assert eventually(lambda: _effects(database)) == ["a1"]
    assert ReaderService.tries == ["a1"] * 3


# --- retries and dead letters ---------------------------------------------------------------------------------------


def test_a_hopeless_event_is_tried_exactly_as_the_policy_says_then_buried_with_reason_and_trace(
    reader: Running,
    database: str,
    publish_event: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    bus: Bus,
    nodes: Any,
) -> None:
    _fail_with(monkeypatch, ValueError(SECRET))
    trace = f"00-{'ab' * 16}-{'cd' * 8}-00"
    with capture_logs() as logs:
        event_id = publish_event(_answer("bad"), traceparent=trace)
        publish_event(_answer("good"))
        # Neighbours don't wait for it.
        assert eventually(lambda: _effects(database) == ["good"])
        assert eventually(lambda: bus.depth(DEAD) == 1)
    assert ReaderService.tries.count("bad") == 1 + len(broker.RETRY_AFTER) == 5
    retries = [entry["retry"] for entry in logs if entry["event"] == "event_retry"]
    delays = [entry["delay"] for entry in logs if entry["event"] == "event_retry"]
    assert (retries, delays) == ([1, 2, 3, 4], [1, 10, 60, 600])
    (letter,) = deadletters.show(nodes.amqp_url(), QUEUE)
    assert letter["reason"] == "ValueError internal_error"
    assert (letter["id"], letter["retries"], letter["traceparent"]) == (event_id, 4, trace)
    assert letter["first_failed_at"] > 1_700_000_000_000
    assert SECRET not in str(letter)


def test_the_real_waiting_rooms_give_a_message_back_to_its_queue(bus: Bus) -> None:
    """The one of a second: the others differ in the time only."""
    with bus.channel() as channel:
        broker.declare_work_queue(channel, broker.work_queue("waiter.x.y"))
        broker.declare_delays(channel)
    began = time.monotonic()
    bus.publish(broker.RETRY_EXCHANGE, broker.retry_key(1, "waiter.x.y"), b"{}", headers={"kept": "yes"})
    assert eventually(lambda: bus.depth("waiter.x.y") == 1)
    assert time.monotonic() - began > 0.95
    (message,) = bus.take("waiter.x.y")
    assert message.headers["kept"] == "yes"


def test_attempts_are_counted_in_a_header_of_our_own(
    reader: Running, publish_event: Callable[..., str], monkeypatch: pytest.MonkeyPatch, bus: Bus
) -> None:
    """RabbitMQ 4 throws a client's x-death away; what ours says is believed."""
    _fail_with(monkeypatch, ValueError())
    publish_event(_answer("bad"), **{RETRY: 3})
    assert eventually(lambda: bus.depth(DEAD) == 1)
    assert len(ReaderService.tries) == 2


def test_while_the_infrastructure_fails_an_event_waits_without_being_counted(
    reader: Running,
    database: str,
    publish_event: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    bus: Bus,
) -> None:
    failures: list[BaseException] = [CabinetError("service_unavailable")] * 8

    def behave(event: AppealAnswered) -> None:
        if failures:
            raise failures.pop()

    monkeypatch.setattr(ReaderService, "behave", staticmethod(behave))
    publish_event(_answer())
    assert eventually(lambda: _effects(database)) == ["a1"]
    assert len(ReaderService.tries) == 9
    assert bus.depth(DEAD) == 0


def test_a_statement_that_runs_too_long_is_counted(
    reader: Running, publish_event: Callable[..., str], monkeypatch: pytest.MonkeyPatch, bus: Bus
) -> None:
    """It is no fault of the database: uncounted it would come back for ever."""

    def behave(event: AppealAnswered) -> None:
        with reader.extension(DatabaseConnection).database.transaction() as tx:
            tx.run("set local statement_timeout = 20")
            tx.run("select pg_sleep(60)")

    monkeypatch.setattr(ReaderService, "behave", staticmethod(behave))
    publish_event(_answer("slow"))
    assert eventually(lambda: bus.depth(DEAD) == 1)
    assert len(ReaderService.tries) == 5


def test_a_bare_timeout_in_a_handler_puts_that_event_off_and_kills_nothing(
    reader: Running, database: str, publish_event: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A BaseException: it would kill the container, and the next one with it."""
    _fail_with(monkeypatch, eventlet.Timeout(None))
    publish_event(_answer("bad"))
    assert eventually(lambda: len(ReaderService.tries) >= 3)
    publish_event(_answer("good"))
    assert eventually(lambda: _effects(database) == ["good"])
    monkeypatch.setattr(ReaderService, "behave", staticmethod(lambda event: None))
    assert eventually(lambda: _effects(database) == ["bad", "good"])
    assert not reader.container._died.ready()


# --- what is no event -----------------------------------------------------------------------------------------------

EVENT = json.dumps({"appeal": "x", "person": "p", "at": "2026-01-01T00:00:00Z"}).encode()


class _Bomb:
    def __reduce__(self) -> Any:
        return exec, ("raise SystemExit('unpickled')",)


@pytest.mark.parametrize(
    ("body", "content_type", "headers"),
    [
        (b"", "application/json", {"cloudEvents:id": "1"}),
        (SECRET.encode(), "application/json", {"cloudEvents:id": "1"}),
        (b"\xff\x00" + SECRET.encode(), "application/json", {"cloudEvents:id": "1"}),
        (json.dumps({"appeal": SECRET}).encode(), "application/json", {"cloudEvents:id": "1"}),
        (pickle.dumps(_Bomb()), "application/x-python-serialize", {"cloudEvents:id": "1"}),
        (pickle.dumps(_Bomb()), "application/json", {"cloudEvents:id": "1"}),
        (EVENT, "text/plain", {"cloudEvents:id": "1"}),
        (EVENT, None, {"cloudEvents:id": "1"}),
        (EVENT, "application/json", {}),
        (EVENT, "application/json", {"cloudEvents:id": 17}),
        (EVENT, "application/json", {"cloudEvents:id": "\x00"}),
    ],
    ids=[
        "empty",
        "text",
        "binary",
        "fields missing",
        "pickle",
        "pickle that says json",
        "another content type",
        "no content type",
        "no id",
        "a number as id",
        "an id that is no text",
    ],
)
def test_what_cannot_be_read_goes_to_the_dead_letters_at_once_and_is_not_logged(
    reader: Running,
    publish_event: Callable[..., str],
    database: str,
    bus: Bus,
    caplog: pytest.LogCaptureFixture,
    body: bytes,
    content_type: str | None,
    headers: dict[str, Any],
) -> None:
    with capture_logs() as logs:
        bus.publish("support.events", "appeal_answered", body, content_type=content_type, headers=headers)
        assert eventually(lambda: bus.depth(DEAD) == 1)
        publish_event(_answer("neighbour"))
        assert eventually(lambda: _effects(database) == ["neighbour"])
    (letter,) = bus.take(DEAD)
    raw = letter.body.encode() if isinstance(letter.body, str) else letter.body
    assert (raw, letter.headers[REASON]) == (body, "unreadable")
    assert letter.headers[FIRST_FAILED]
    assert ReaderService.tries == ["neighbour"]
    assert SECRET not in str(logs)
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    "properties",
    [
        b"\x20\x00" + b"\x00\x00\x00\x0b\x01tT\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"\x20\x00" + b"\x00\x00\x00\x0b\x01fd" + bytes(8),
        b"\xa0\x00" + b"\xff" + b"\xfe" * 255 + b"\x00\x00\x01\x01" + b"\xff" + b"\xfe" * 255 + b"V",
        b"\x80\x80" + b"\x10application/json" + b"\xff" + b"\xfd" * 255,
    ],
    ids=["a time beyond all calendars", "a float", "names of full length and no utf-8", "such an id"],
)
def test_properties_that_cannot_be_kept_neither_kill_the_service_nor_lose_the_message(
    reader: Running, database: str, publish_event: Callable[..., str], bus: Bus, properties: bytes
) -> None:
    bus.publish_raw("support.events", "appeal_answered", EVENT, properties)
    assert eventually(lambda: bus.depth(DEAD) == 1)
    publish_event(_answer("neighbour"))
    assert eventually(lambda: _effects(database) == ["neighbour"])
    (letter,) = bus.take(DEAD)
    assert letter.headers[REASON] == "unreadable"
    assert not reader.container._died.ready()


# --- deaths ---------------------------------------------------------------------------------------------------------


def test_consumers_that_die_with_full_hands_bury_no_healthy_event(
    reader: Running,
    database: str,
    publish_event: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    bus: Bus,
) -> None:
    """With a delivery limit of a few, the broker would dead-letter what was never at fault."""
    slow = True
    monkeypatch.setattr(
        ReaderService, "behave", staticmethod(lambda event: eventlet.sleep(2 * PATIENCE if slow else 0))
    )
    appeals = sorted(f"a{n:02}" for n in range(subscriptions.PREFETCH))
    for appeal in appeals:
        publish_event(_answer(appeal))
    consumer = reader
    for death in range(10):
        eventually(lambda: len(set(ReaderService.tries)) == len(appeals))
        ReaderService.tries.clear()
        consumer.kill()
        # Before the last one starts: it begins at once with what the dead one had in hand.
        slow = death < 9
        consumer = Running.like(reader)
    try:
        assert eventually(lambda: _effects(database) == appeals)
        assert bus.depth(DEAD) == 0
    finally:
        consumer.kill()


def test_an_event_in_hand_when_the_connection_breaks_has_one_effect(
    reader: Running,
    database: str,
    publish_event: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    bus: Bus,
) -> None:
    monkeypatch.setattr(ReaderService, "behave", staticmethod(lambda event: eventlet.sleep(0.3)))
    publish_event(_answer())
    eventually(lambda: ReaderService.tries)
    reader.connections[0].drop()
    assert eventually(lambda: _effects(database) == ["a1"])
    publish_event(_answer("a2"))  # consumed again after the reconnect
    assert eventually(lambda: _effects(database) == ["a1", "a2"])
    assert eventually(lambda: bus.depth(QUEUE) == 0)
    assert ReaderService.tries.count("a2") == 1


def test_an_event_that_nobody_expects_a_contract_for_is_refused_at_start(
    run_service: Callable[..., Running],
) -> None:
    class AppealEaten(Event, frozen=True, kw_only=True):
        source: ClassVar[str] = "support"

    class WrongService:
        name = "wrong"
        service = ServiceContextProvider()

        @subscribe(AppealEaten)
        def on(self, call: Any, event: Any) -> None:
            raise AssertionError(current())

    with pytest.raises(LookupError, match=r"support\.appeal_eaten"):
        run_service(WrongService)


def test_a_queue_keeps_what_came_while_its_consumer_was_away(
    reader: Running, database: str, publish_event: Callable[..., str], run_service: Callable[..., Running]
) -> None:
    reader.stop()
    publish_event(_answer("meanwhile"))
    publish_event(AppealOpened(appeal=new_id(), person="p", kind="k", priority=1, at=datetime.now(UTC)))
    assert _effects(database) == []
    run_service(ReaderService)
    assert eventually(lambda: _effects(database) == ["meanwhile"])

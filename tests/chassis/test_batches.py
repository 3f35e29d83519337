"""Many messages in one call: batches grow with the backlog, poison does not touch its neighbours, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import eventlet
import pytest

from chassis import deadletters
from chassis.amqp.channel import Outgoing, PublishFailedError
from chassis.amqp.delivery import Delivery
from chassis.amqp.properties import encode_properties
from chassis.batches import Batches, OutsideBroker, PoisonError, batches
from chassis.broker import declare_work_queue
from contracts.errors import CabinetError
from tests.support_code.bus import Bus
from tests.support_code.nodes import Nodes
from tests.support_code.services import Running
from tests.support_code.waiting import eventually, stays

EXCHANGE, QUEUE = "takings.in", "takings"
DEAD = f"{QUEUE}.dead"
ANSWERS = "takings.answers"


def _declare(channel: Any) -> None:
    declare_work_queue(channel, QUEUE)
    channel.exchange_declare(EXCHANGE, "topic", durable=True, auto_delete=False)
    channel.queue_bind(QUEUE, EXCHANGE, "#")
    channel.queue_declare(ANSWERS, durable=True, auto_delete=False)


class TakerService:
    name = "taker"
    has_database = False
    taken: list[list[str]] = []
    behave: Callable[[list[str]], None] = staticmethod(lambda texts: None)

    @batches(QUEUE, _declare, most=50)
    def take(self, deliveries: Sequence[Delivery]) -> list[Outgoing]:
        texts = [delivery.body.decode() for delivery in deliveries]
        type(self).behave(texts)
        self.taken.append(texts)
        return [Outgoing("", ANSWERS, encode_properties(delivery_mode=2), text.encode()) for text in texts]

    @classmethod
    def all(cls) -> list[str]:
        return [text for batch in cls.taken for text in batch]


@pytest.fixture(scope="module")
def outside(nodes: Nodes) -> Iterator[Bus]:
    """The bus of the outsiders' virtual host."""
    found = Bus(nodes, nodes.ami_url())
    found.start()
    yield found
    found.link.stop()


@pytest.fixture
def queue(outside: Bus, monkeypatch: pytest.MonkeyPatch) -> Bus:
    """Empty queues."""
    with outside.channel() as channel:
        _declare(channel)
        for name in (QUEUE, DEAD, ANSWERS):
            channel.queue_purge(name)
    TakerService.taken.clear()
    monkeypatch.setattr(TakerService, "behave", staticmethod(lambda texts: None))
    return outside


def _send(bus: Bus, *texts: str) -> None:
    for text in texts:
        bus.publish(EXCHANGE, "supplier.head-end", text.encode(), user_id="metering")


def _bodies(messages: list[Any]) -> list[str]:
    return [m.body if isinstance(m.body, str) else m.body.decode() for m in messages]


def test_a_single_message_does_not_wait_for_others(queue: Bus, run_service: Callable[..., Running]) -> None:
    run_service(TakerService)
    _send(queue, "1")
    assert eventually(lambda: TakerService.taken == [["1"]], 1.0)
    assert eventually(lambda: queue.depth(ANSWERS) == 1)


def test_batches_grow_with_the_backlog_up_to_the_most(
    queue: Bus, run_service: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TakerService, "behave", staticmethod(lambda texts: eventlet.sleep(0.05)))
    expected = [str(n) for n in range(230)]
    _send(queue, *expected)
    run_service(TakerService)
    assert eventually(lambda: len(TakerService.all()) == 230)
    assert TakerService.all() == expected
    assert max(map(len, TakerService.taken)) == 50
    assert len(TakerService.taken) <= 12
    assert eventually(lambda: queue.depth(ANSWERS) == 230)


def test_poison_goes_to_the_dead_letters_with_its_reason_and_its_neighbours_pass(
    queue: Bus, run_service: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    def behave(texts: list[str]) -> None:
        if "poison" in texts:
            raise PoisonError("not a batch")
        if "bug" in texts:
            raise ValueError("phone +79991234567")

    monkeypatch.setattr(TakerService, "behave", staticmethod(behave))
    _send(queue, "1", "poison", "2", "bug", "3")
    run_service(TakerService)
    assert eventually(lambda: TakerService.all() == ["1", "2", "3"])
    letters = eventually(lambda: queue.depth(DEAD) == 2 and queue.take(DEAD))
    assert [(m.body, m.headers["x-dead-reason"]) for m in letters] == [
        (b"poison", "not a batch"),
        (b"bug", "ValueError"),
    ]
    for letter in letters:
        assert (letter.headers["x-routing-key"], letter.headers["x-user-id"]) == (
            "supplier.head-end",
            "metering",
        )
    assert eventually(lambda: _bodies(queue.take(ANSWERS)) == ["1", "2", "3"])
    assert queue.depth(QUEUE) == 0


def test_a_replayed_letter_that_dies_again_still_tells_where_it_came_from(
    queue: Bus, run_service: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    def behave(texts: list[str]) -> None:
        raise PoisonError("still not a batch")

    monkeypatch.setattr(TakerService, "behave", staticmethod(behave))
    run_service(TakerService)
    _send(queue, "poison")
    for deaths in (1, 2):
        assert eventually(lambda: queue.depth(DEAD) == 1)
        if deaths == 1:
            assert deadletters.replay(queue.url, QUEUE) == 1
    (letter,) = queue.take(DEAD)
    assert (letter.headers["x-routing-key"], letter.headers["x-user-id"]) == ("supplier.head-end", "metering")


@pytest.mark.parametrize(
    "properties",
    [
        b"\x80\x00" + b"\xff" + b"\xfe" * 255,
        b"\x20\x00" + b"\x00\x00\x00\x0b\x01tT\x7f\xff\xff\xff\xff\xff\xff\xff",
        encode_properties(headers={"a": {"b": {"c": [1, {"d": None}]}}}),
    ],
    ids=["a content type of full length and no utf-8", "a time beyond all calendars", "nested headers"],
)
def test_poison_with_odd_properties_does_not_stop_the_service(
    queue: Bus, run_service: Callable[..., Running], monkeypatch: pytest.MonkeyPatch, properties: bytes
) -> None:
    def behave(texts: list[str]) -> None:
        if "odd" in texts:
            raise PoisonError("odd")

    monkeypatch.setattr(TakerService, "behave", staticmethod(behave))
    service = run_service(TakerService)
    queue.publish_raw("", QUEUE, b"odd", properties)
    assert eventually(lambda: queue.depth(DEAD) == 1)
    _send(queue, "next")
    assert eventually(lambda: TakerService.all() == ["next"])
    assert not service.container._died.ready()


def test_while_the_infrastructure_fails_everything_waits_in_its_place(
    queue: Bus, run_service: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = True

    def behave(texts: list[str]) -> None:
        if failing:
            raise CabinetError("service_unavailable")

    monkeypatch.setattr(TakerService, "behave", staticmethod(behave))
    _send(queue, "1", "2")
    run_service(TakerService)
    stays(lambda: queue.depth(DEAD) == 0 and queue.depth(ANSWERS) == 0, 0.6)
    failing = False
    assert eventually(lambda: TakerService.all() == ["1", "2"])
    assert eventually(lambda: _bodies(queue.take(ANSWERS)) == ["1", "2"])


def test_a_handler_that_failed_publishes_no_answer(
    queue: Bus, run_service: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    def behave(texts: list[str]) -> None:
        raise ValueError

    monkeypatch.setattr(TakerService, "behave", staticmethod(behave))
    run_service(TakerService)
    _send(queue, "1")
    assert eventually(lambda: queue.depth(DEAD) == 1)
    assert queue.depth(ANSWERS) == 0


def test_answers_leave_before_the_acknowledgement(
    queue: Bus, run_service: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in between, the service gets the messages again: an answer may come twice, but is never missing."""
    service = run_service(TakerService)
    entrypoint = service.extension(Batches)
    reached: list[int] = []

    def hang(messages: Any) -> None:
        reached.append(len(messages))
        eventlet.sleep(30)

    monkeypatch.setattr(entrypoint._answers, "publish_confirmed", hang)
    _send(queue, "1", "2")
    assert eventually(lambda: reached)
    service.kill()
    assert eventually(lambda: queue.depth(QUEUE) == 2)
    assert queue.depth(ANSWERS) == 0
    run_service(TakerService)
    assert eventually(lambda: sorted(_bodies(queue.take(ANSWERS))) == ["1", "2"])
    assert eventually(lambda: queue.depth(QUEUE) == 0)


def test_answers_that_the_broker_refuses_bring_the_messages_again(
    queue: Bus, run_service: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = run_service(TakerService)
    channel = service.extension(Batches)._answers
    publish, failures = channel.publish_confirmed, [1, 1]

    def fail(messages: Any) -> None:
        if failures:
            failures.pop()
            raise PublishFailedError("refused")
        publish(messages)

    monkeypatch.setattr(channel, "publish_confirmed", fail)
    _send(queue, "1")
    assert eventually(lambda: _bodies(queue.take(ANSWERS)) == ["1"])
    assert TakerService.all() == ["1", "1", "1"]
    assert service.links[0].generation == 1  # nothing was acknowledged twice, which would close the channel


def test_a_refused_answer_among_single_messages_gives_back_only_what_is_still_in_hand(
    queue: Bus, run_service: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    def behave(texts: list[str]) -> None:
        if "poison" in texts:
            raise PoisonError("poison")

    monkeypatch.setattr(TakerService, "behave", staticmethod(behave))
    _send(queue, "1", "2", "poison", "3")
    service = run_service(TakerService, wait=False)
    channel = service.extension(Batches)._answers
    publish, calls = channel.publish_confirmed, 0

    def fail(messages: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise PublishFailedError("refused")
        publish(messages)

    monkeypatch.setattr(channel, "publish_confirmed", fail)
    assert eventually(lambda: queue.depth(DEAD) == 1 and queue.depth(ANSWERS) == 3)
    assert eventually(lambda: queue.depth(QUEUE) == 0)
    assert service.links[0].generation == 1
    assert TakerService.all().count("1") == 1


def test_messages_in_hand_when_the_connection_breaks_come_again(
    queue: Bus, run_service: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TakerService, "behave", staticmethod(lambda texts: eventlet.sleep(0.2)))
    service = run_service(TakerService)
    _send(queue, *"abc")
    eventlet.sleep(0.1)
    service.extension(OutsideBroker).link.drop()
    assert eventually(lambda: set(TakerService.all()) == set("abc"))
    _send(queue, "d")
    assert eventually(lambda: "d" in TakerService.all())
    assert eventually(lambda: queue.depth(QUEUE) == 0)
    assert set(_bodies(eventually(lambda: queue.depth(ANSWERS) >= 4 and queue.take(ANSWERS)))) == set("abcd")


def test_a_service_that_stops_finishes_its_batch_and_gives_the_rest_back(
    queue: Bus, run_service: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TakerService, "behave", staticmethod(lambda texts: eventlet.sleep(0.3)))
    expected = [str(n) for n in range(90)]
    _send(queue, *expected)
    service = run_service(TakerService)
    eventlet.sleep(0.1)
    service.stop()
    finished = TakerService.all()
    assert 0 < len(finished) < 90
    assert queue.depth(ANSWERS) == len(finished)
    assert eventually(lambda: queue.depth(QUEUE) == 90 - len(finished))
    run_service(TakerService)
    assert eventually(lambda: len(TakerService.all()) >= 90)
    assert sorted(TakerService.all()) == sorted(expected)  # each once

"""Many messages in one call: batches grow with the backlog, poison does not touch its neighbours, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import eventlet
import pytest
from eventlet.event import Event as GreenEvent

from chassis import deadletters
from chassis.amqp.channel import Outgoing, PublishFailedError
from chassis.amqp.delivery import Delivery
from chassis.amqp.properties import encode_properties
from chassis.batches import Batches, Turn, batches
from chassis.broker import declare_work_queue, work_queue
from chassis.dead_letter import PoisonError
from chassis.outside_broker import OutsideBroker
from contracts.errors import CabinetError
from tests.support_code.bus import Bus
from tests.support_code.nodes import Nodes
from tests.support_code.services import Running
from tests.support_code.waiting import eventually, stays

EXCHANGE, QUEUE = "takings.in", "takings"
DEAD = f"{QUEUE}.dead"
ANSWERS = "takings.answers"


def _declare(channel: Any) -> None:
    declare_work_queue(channel, work_queue(QUEUE))
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
    found.connection.stop()


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


def _take_time(monkeypatch: pytest.MonkeyPatch, seconds: float) -> list[str]:
    """Each batch takes so long; a list of the messages that were begun."""
    begun: list[str] = []

    def behave(texts: list[str]) -> None:
        begun.extend(texts)
        eventlet.sleep(seconds)

    monkeypatch.setattr(TakerService, "behave", staticmethod(behave))
    return begun


def _bodies(messages: list[Any]) -> list[str]:
    return [m.body if isinstance(m.body, str) else m.body.decode() for m in messages]


def _answers(bus: Bus, count: int) -> list[str]:
    """So many answers, as they come."""
    found: list[str] = []

    def all_of_them() -> bool:
        found.extend(_bodies(bus.take(ANSWERS)))
        return len(found) >= count

    assert eventually(all_of_them), found
    return found


def test_a_single_message_does_not_wait_for_others(queue: Bus, run_service: Callable[..., Running]) -> None:
    run_service(TakerService)
    _send(queue, "1")
    assert eventually(lambda: TakerService.taken == [["1"]])
    assert eventually(lambda: queue.depth(ANSWERS) == 1)


def test_batches_grow_with_the_backlog_up_to_the_most(
    queue: Bus, run_service: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TakerService, "behave", staticmethod(lambda texts: eventlet.sleep(0.2)))
    expected = [str(n) for n in range(230)]
    _send(queue, *expected)
    run_service(TakerService)
    assert eventually(lambda: len(TakerService.all()) == 230)
    assert TakerService.all() == expected
    assert max(map(len, TakerService.taken)) == 50
    assert len(TakerService.taken) <= 60  # not one by one
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
    assert _answers(queue, 3) == ["1", "2", "3"]
    assert queue.depth(QUEUE) == 0


def test_too_large_a_message_is_dead_before_it_is_read(
    queue: Bus, run_service: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    monkeypatch.setattr(TakerService, "behave", staticmethod(lambda texts: read.extend(map(len, texts))))
    _send(queue, "x" * 1_048_576, "x" * 1_048_577, "3")
    run_service(TakerService)
    assert eventually(lambda: sorted(read) == [1, 1_048_576])
    (letter,) = eventually(lambda: queue.depth(DEAD) == 1 and queue.take(DEAD))
    assert (letter.headers["x-dead-reason"], len(letter.body)) == ("too_large", 1_048_577)


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
    assert _answers(queue, 2) == ["1", "2"]


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

    monkeypatch.setattr(entrypoint._channel_out, "publish_confirmed", hang)
    _send(queue, "1", "2")
    assert eventually(lambda: reached)
    service.kill()
    assert eventually(lambda: queue.depth(QUEUE) == 2)
    assert queue.depth(ANSWERS) == 0
    run_service(TakerService)
    assert sorted(_answers(queue, 2)) == ["1", "2"]
    assert eventually(lambda: queue.depth(QUEUE) == 0)


def test_answers_that_the_broker_refuses_bring_the_messages_again(
    queue: Bus, run_service: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = run_service(TakerService)
    channel = service.extension(Batches)._channel_out
    publish, failures = channel.publish_confirmed, [1, 1]

    def fail(messages: Any) -> None:
        if failures:
            failures.pop()
            raise PublishFailedError("refused")
        publish(messages)

    monkeypatch.setattr(channel, "publish_confirmed", fail)
    _send(queue, "1")
    assert _answers(queue, 1) == ["1"]
    assert TakerService.all() == ["1", "1", "1"]
    assert (
        service.connections[0].generation == 1
    )  # nothing was acknowledged twice, which would close the channel


def test_a_refused_answer_among_single_messages_gives_back_only_what_is_still_in_hand(
    queue: Bus, run_service: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    def behave(texts: list[str]) -> None:
        if "poison" in texts:
            raise PoisonError("poison")

    monkeypatch.setattr(TakerService, "behave", staticmethod(behave))
    _send(queue, "1", "2", "poison", "3")
    service = run_service(TakerService, wait=False)
    channel = service.extension(Batches)._channel_out
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
    assert service.connections[0].generation == 1
    assert TakerService.all().count("1") == 1


def test_messages_in_hand_when_the_connection_breaks_come_again(
    queue: Bus, run_service: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = _take_time(monkeypatch, 0.2)
    service = run_service(TakerService)
    _send(queue, *"abc")
    eventually(lambda: begun)
    service.extension(OutsideBroker).connection.drop()
    assert eventually(lambda: set(TakerService.all()) == set("abc"))
    _send(queue, "d")
    assert eventually(lambda: "d" in TakerService.all())
    assert eventually(lambda: queue.depth(QUEUE) == 0)
    assert set(_bodies(eventually(lambda: queue.depth(ANSWERS) >= 4 and queue.take(ANSWERS)))) == set("abcd")


def test_a_service_that_stops_finishes_its_batch_and_gives_the_rest_back(
    queue: Bus, run_service: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = _take_time(monkeypatch, 0.3)
    expected = [str(n) for n in range(90)]
    _send(queue, *expected)
    service = run_service(TakerService)
    eventually(lambda: begun)
    service.stop()
    finished = TakerService.all()
    assert 0 < len(finished) < 90
    assert queue.depth(ANSWERS) == len(finished)
    assert eventually(lambda: queue.depth(QUEUE) == 90 - len(finished))
    run_service(TakerService)
    assert eventually(lambda: len(TakerService.all()) >= 90)
    assert sorted(TakerService.all()) == sorted(expected)  # each once


# --- reading ahead, answering behind --------------------------------------------------------------------------------


def _number(delivery: Delivery) -> int:
    text = delivery.body.decode()
    if not text.isdecimal():
        raise PoisonError("no number")
    return int(text)


class ReaderService(TakerService):
    """Gets numbers instead of deliveries."""

    name = "reader"

    @batches(QUEUE, _declare, most=50, read=_number)
    def take(self, numbers: Sequence[int]) -> list[Outgoing]:
        texts = [str(number) for number in numbers]
        type(self).behave(texts)
        self.taken.append(texts)
        return [Outgoing("", ANSWERS, encode_properties(delivery_mode=2), text.encode()) for text in texts]


def test_what_cannot_be_read_is_dead_and_its_neighbours_stay_in_one_batch(
    queue: Bus, run_service: Callable[..., Running]
) -> None:
    _send(queue, "1", "x", "2", "\N{CYRILLIC SMALL LETTER A}", "3")
    run_service(ReaderService)
    assert eventually(lambda: ReaderService.all() == ["1", "2", "3"])
    letters = eventually(lambda: queue.depth(DEAD) == 2 and queue.take(DEAD))
    assert [letter.headers["x-dead-reason"] for letter in letters] == ["no number"] * 2
    assert _answers(queue, 3) == ["1", "2", "3"]
    assert eventually(lambda: queue.depth(QUEUE) == 0)


def _slow_answers(service: Running, monkeypatch: pytest.MonkeyPatch, pause: float) -> list[str]:
    """What happened on the channel for answers, in order; the first ones take their time."""
    channel = service.extension(Batches)._channel_out
    publish, seen = channel.publish_confirmed, list[str]()

    def slowly(messages: Any) -> None:
        seen.append(f"begins {messages[0].body.decode()}")
        if sum(said.startswith("begins") for said in seen) == 1:
            eventlet.sleep(pause)
        publish(messages)
        seen.append(f"ends {messages[0].body.decode()}")

    monkeypatch.setattr(channel, "publish_confirmed", slowly)
    return seen


def test_the_next_batches_are_handled_while_answers_are_confirmed_of_two_at_a_time(
    queue: Bus, run_service: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = run_service(TakerService)
    seen = _slow_answers(service, monkeypatch, 2.0)
    at_once: list[int] = []
    running = 0

    def behave(texts: list[str]) -> None:
        nonlocal running
        running += 1
        at_once.append(running)
        seen.append(f"handled {texts[0]}")
        eventlet.sleep(0.05)
        running -= 1

    def acknowledge(deliveries: Sequence[Delivery]) -> None:
        seen.append(f"acknowledged {deliveries[-1].body.decode()}")
        ack_all(deliveries)

    ack_all = Delivery.ack_all
    monkeypatch.setattr(Delivery, "ack_all", staticmethod(acknowledge))
    monkeypatch.setattr(TakerService, "behave", staticmethod(behave))
    _send(queue, "1")
    eventually(lambda: "begins 1" in seen)
    _send(queue, "2")
    assert eventually(lambda: "ends 2" in seen)
    _send(queue, "3")
    assert eventually(lambda: "handled 3" in seen)
    assert eventually(lambda: "acknowledged 3" in seen)
    assert seen.index("ends 2") < seen.index("handled 3") < seen.index("ends 1") < seen.index("begins 3")
    # An acknowledgement of the second batch would acknowledge the first one, too.
    assert [said for said in seen if said.startswith("ack")] == [f"acknowledged {n}" for n in "123"]
    assert seen.index("ends 1") < seen.index("acknowledged 1")
    assert set(at_once) == {1}
    assert eventually(lambda: queue.depth(QUEUE) == 0)
    assert service.connections[0].generation == 1


def test_a_batch_whose_answers_fail_comes_again_while_the_one_after_it_passes(
    queue: Bus, run_service: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = run_service(TakerService)
    channel = service.extension(Batches)._channel_out
    publish, failing, waiting = channel.publish_confirmed, [True], eventlet.event.Event()

    def fail_once(messages: Any) -> None:
        if failing and messages[0].body == b"1":
            failing.pop()
            waiting.wait()
            raise PublishFailedError("refused")
        publish(messages)

    monkeypatch.setattr(channel, "publish_confirmed", fail_once)
    _send(queue, "1")
    assert eventually(lambda: not failing)
    _send(queue, "2")
    assert eventually(lambda: TakerService.all() == ["1", "2"])
    waiting.send(None)
    assert sorted(_answers(queue, 2)) == ["1", "2"]
    assert eventually(lambda: queue.depth(QUEUE) == 0)
    assert TakerService.all() == ["1", "2", "1"]
    assert service.connections[0].generation == 1


def test_a_service_that_stops_waits_for_the_answers_on_their_way(
    queue: Bus, run_service: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = run_service(TakerService)
    seen = _slow_answers(service, monkeypatch, 2.0)
    _send(queue, "1")
    eventually(lambda: "begins 1" in seen)
    _send(queue, "2")
    eventually(lambda: TakerService.all() == ["1", "2"])
    service.stop()
    assert seen == ["begins 1", "begins 2", "ends 2", "ends 1"]
    assert _bodies(queue.take(ANSWERS)) == ["2", "1"]
    assert eventually(lambda: queue.depth(QUEUE) == 0)


def test_killed_with_one_batch_unanswered_and_the_next_in_hand_both_come_again(
    queue: Bus, run_service: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = run_service(TakerService)
    seen = _slow_answers(service, monkeypatch, 30)
    _send(queue, "1")
    eventually(lambda: "begins 1" in seen)
    monkeypatch.setattr(TakerService, "behave", staticmethod(lambda texts: eventlet.sleep(30)))
    _send(queue, "2")
    eventlet.sleep(0.2)
    service.kill()
    assert eventually(lambda: queue.depth(QUEUE) == 2)
    assert queue.depth(ANSWERS) == 0
    monkeypatch.setattr(TakerService, "behave", staticmethod(lambda texts: None))
    run_service(TakerService)
    assert sorted(_answers(queue, 2)) == ["1", "2"]


class AheadService(TakerService):
    """Looks at a batch as soon as it may, and notes what it does when."""

    name = "ahead"
    seen: list[str] = []

    @batches(QUEUE, _declare, most=10, read=lambda delivery: _number(delivery), ahead=True)
    def take(self, numbers: Sequence[int], turn: Turn) -> list[Outgoing]:
        texts = [str(number) for number in numbers]
        self.seen.append(f"looks {texts[0]}")
        turn()
        self.seen.append(f"begins {texts[0]}")
        type(self).behave(texts)
        self.taken.append(texts)
        self.seen.append(f"ends {texts[0]}")
        return [Outgoing("", ANSWERS, encode_properties(delivery_mode=2), text.encode()) for text in texts]


@pytest.fixture
def ahead(queue: Bus, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each batch takes a moment; what the service does, in order."""
    AheadService.seen.clear()
    monkeypatch.setattr(
        AheadService, "behave", staticmethod(lambda texts: eventlet.sleep(0.1)), raising=False
    )
    return AheadService.seen


def test_the_next_whole_batch_is_looked_at_while_one_is_at_work_and_waits_for_its_turn(
    queue: Bus, run_service: Callable[..., Running], ahead: list[str]
) -> None:
    expected = [str(n) for n in range(45)]
    _send(queue, *expected)
    run_service(AheadService)
    assert eventually(lambda: len(AheadService.all()) == 45)
    assert AheadService.all() == expected
    turns = [said for said in ahead if not said.startswith("looks")]
    assert [said.split()[0] for said in turns] == ["begins", "ends"] * len(AheadService.taken)
    early = [
        first
        for first in (texts[0] for texts in AheadService.taken)
        if ahead[ahead.index(f"looks {first}") :].index(f"begins {first}") > 1
    ]
    assert early, ahead
    assert _answers(queue, len(expected)) == expected
    assert eventually(lambda: queue.depth(QUEUE) == 0)


def test_looking_ahead_does_not_stand_in_the_way_where_workers_are_few(
    queue: Bus, run_service: Callable[..., Running], ahead: list[str]
) -> None:
    expected = [str(n) for n in range(45)]
    _send(queue, *expected)
    run_service(AheadService, max_workers=1)
    assert eventually(lambda: AheadService.all() == expected)


def test_less_than_a_batch_is_not_looked_at_before_its_turn(
    queue: Bus, run_service: Callable[..., Running], ahead: list[str]
) -> None:
    service = run_service(AheadService)
    _send(queue, "0")
    assert eventually(lambda: "begins 0" in ahead)
    _send(queue, "1", "2")
    assert eventually(lambda: AheadService.all() == ["0", "1", "2"])
    assert ahead.index("ends 0") < ahead.index("looks 1")
    service.stop()


def test_a_batch_that_fails_is_done_with_message_by_message_before_the_next_has_its_turn(
    queue: Bus, run_service: Callable[..., Running], ahead: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def behave(texts: list[str]) -> None:
        eventlet.sleep(0.05)
        if "3" in texts:
            raise ValueError

    monkeypatch.setattr(AheadService, "behave", staticmethod(behave), raising=False)
    expected = [str(n) for n in range(30)]
    _send(queue, *expected)
    run_service(AheadService)
    del expected[3]
    assert eventually(lambda: AheadService.all() == expected)
    assert eventually(lambda: queue.depth(DEAD) == 1)
    assert _answers(queue, len(expected)) == expected
    assert eventually(lambda: queue.depth(QUEUE) == 0)


def test_while_the_infrastructure_fails_the_next_batch_keeps_its_place(
    queue: Bus, run_service: Callable[..., Running], ahead: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [1, 1]

    def behave(texts: list[str]) -> None:
        if failures:
            failures.pop()
            raise CabinetError("service_unavailable")

    monkeypatch.setattr(AheadService, "behave", staticmethod(behave), raising=False)
    expected = [str(n) for n in range(30)]
    _send(queue, *expected)
    run_service(AheadService)
    assert eventually(lambda: AheadService.all() == expected)
    assert _answers(queue, len(expected)) == expected


def test_nothing_but_poison_ahead_passes(
    queue: Bus, run_service: Callable[..., Running], ahead: list[str]
) -> None:
    _send(queue, *(str(n) for n in range(10)), *["x"] * 10, *(str(n) for n in range(10, 30)))
    run_service(AheadService)
    assert eventually(lambda: AheadService.all() == [str(n) for n in range(30)])
    assert eventually(lambda: queue.depth(DEAD) == 10)
    assert eventually(lambda: queue.depth(QUEUE) == 0)


def test_a_service_that_stops_gives_back_what_it_had_only_looked_at(
    queue: Bus, run_service: Callable[..., Running], ahead: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AheadService, "behave", staticmethod(lambda texts: eventlet.sleep(1)), raising=False)
    expected = [str(n) for n in range(30)]
    _send(queue, *expected)
    service = run_service(AheadService)
    # Whichever size the first batch has, one after it is looked at while another is at work.
    assert eventually(lambda: sum(said.startswith("looks") for said in ahead) > len(AheadService.taken) + 1)
    service.stop()
    finished = AheadService.all()
    assert finished == expected[: len(finished)]
    assert len(finished) < 30
    assert _bodies(queue.take(ANSWERS)) == finished
    assert eventually(lambda: queue.depth(QUEUE) == 30 - len(finished))
    begun = {said.split()[1] for said in ahead if said.startswith("begins")}
    assert begun <= set(finished)


@pytest.fixture
def stuck(
    queue: Bus, run_service: Callable[..., Running], ahead: list[str], monkeypatch: pytest.MonkeyPatch
) -> tuple[Running, GreenEvent]:
    """No answer is confirmed before the event: two batches wait for that, a third for room among them, and to the
    next one, looked at ahead, its turn was passed all the same."""
    monkeypatch.setattr(
        AheadService, "behave", staticmethod(lambda texts: eventlet.sleep(0.3)), raising=False
    )
    _send(queue, *(str(n) for n in range(60)))
    service, release = run_service(AheadService), GreenEvent()
    channel = service.extension(Batches)._channel_out
    publish = channel.publish_confirmed

    def wait_first(messages: Any) -> None:
        release.wait()
        publish(messages)

    monkeypatch.setattr(channel, "publish_confirmed", wait_first)
    assert eventually(lambda: len(AheadService.taken) == 4)
    return service, release


def test_the_turn_passes_before_there_is_room_for_the_answers(
    queue: Bus, stuck: tuple[Running, GreenEvent]
) -> None:
    stays(lambda: len(AheadService.taken) == 4, 0.5)
    assert queue.depth(ANSWERS) == 0
    stuck[1].send(None)
    expected = [str(n) for n in range(60)]
    assert eventually(lambda: AheadService.all() == expected)
    # Whose answers leave first is nobody's promise.
    assert sorted(_answers(queue, 60)) == sorted(expected)
    assert eventually(lambda: queue.depth(QUEUE) == 0)


def test_a_service_that_stops_answers_the_batch_that_has_its_turn_ahead(
    queue: Bus, stuck: tuple[Running, GreenEvent]
) -> None:
    service, release = stuck
    stopped = eventlet.spawn(service.stop)
    eventlet.sleep(0.1)
    release.send(None)
    stopped.wait()
    finished = AheadService.all()
    assert len(AheadService.taken) == 4
    assert sorted(_bodies(queue.take(ANSWERS))) == sorted(finished)
    assert eventually(lambda: queue.depth(QUEUE) == 60 - len(finished))


def test_the_connection_breaks_with_a_batch_looked_at_ahead(
    queue: Bus, run_service: Callable[..., Running], ahead: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        AheadService, "behave", staticmethod(lambda texts: eventlet.sleep(0.3)), raising=False
    )
    expected = {str(n) for n in range(40)}
    _send(queue, *sorted(expected))
    service = run_service(AheadService)
    assert eventually(lambda: sum(said.startswith("looks") for said in ahead) > len(AheadService.taken) + 1)
    service.extension(OutsideBroker).connection.drop()
    assert eventually(lambda: queue.depth(QUEUE) == 0 and set(AheadService.all()) == expected)
    assert eventually(lambda: queue.depth(ANSWERS) >= 40)
    assert set(_bodies(queue.take(ANSWERS))) == expected


def test_a_transaction_takes_no_more_than_so_many_bytes(
    queue: Bus, run_service: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.batches.MAX_BYTES", 1000)
    texts = [str(n) * 400 for n in range(1, 8)] + ["9" * 5000, "8"]
    _send(queue, *texts)
    run_service(TakerService)
    assert eventually(lambda: TakerService.all() == texts)
    assert max(sum(map(len, batch)) for batch in TakerService.taken if len(batch) > 1) <= 1000

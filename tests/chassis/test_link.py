"""The connection to the broker comes back by itself, notices a silent broker, and never lets anybody wait for ever."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import amqp
import eventlet
import pytest

from chassis.amqp import link as link_module
from chassis.amqp.channel import LinkChannel, LinkDownError, Outgoing, PublishFailedError
from chassis.amqp.delivery import Delivery, Returned
from chassis.amqp.frames import ACK, NACK
from chassis.amqp.link import Link
from chassis.amqp.properties import encode_properties
from tests.support_code.bus import Bus
from tests.support_code.nodes import Nodes
from tests.support_code.proxy import Proxy
from tests.support_code.waiting import PATIENCE, eventually, stays

PLAIN = encode_properties(delivery_mode=1)


@pytest.fixture
def make_link(bus: Bus) -> Iterator[Callable[..., Link]]:
    """Links that are stopped after the test."""
    made: list[Link] = []

    def make(url: str = "", **options: Any) -> Link:
        made.append(Link(url or bus.url, f"test link {len(made)}", **options))
        return made[-1]

    yield make
    for link in made:
        link.stop()


@pytest.fixture
def proxy(nodes: Nodes) -> Iterator[Proxy]:
    found = Proxy(nodes.amqp_port)
    found.open()
    yield found
    found.close()


class Consumer:
    """A queue with a consumer that acknowledges and keeps all bodies."""

    def __init__(self, link: Link, queue: str, **options: Any) -> None:
        self.queue = queue
        self.bodies: list[bytes] = []
        self.deliveries: list[Delivery] = []
        self.channel = link.channel(declare=self._declare, **options)
        self.channel.consume(queue, self._on)

    def _declare(self, channel: Any) -> None:
        channel.queue_declare(self.queue, auto_delete=False, arguments={"x-expires": 300_000})

    def _on(self, delivery: Delivery) -> None:
        self.bodies.append(delivery.body)
        self.deliveries.append(delivery)
        delivery.ack()


# --- reconnecting -------------------------------------------------------------------------------------------------


def test_after_a_break_it_declares_and_consumes_again(make_link: Callable[..., Link], bus: Bus) -> None:
    link = make_link()
    consumer = Consumer(link, "link.again")
    assert link.start(wait=PATIENCE)
    for generation in (1, 2, 3):
        assert eventually(lambda expected=generation: link.up and link.generation == expected)
        bus.publish("", "link.again", str(generation).encode())
        # A break may cost an acknowledgement, and then brings the message again.
        assert eventually(lambda expected=generation: len(set(consumer.bodies)) == expected)
        link.drop()
    assert set(consumer.bodies) == {b"1", b"2", b"3"}
    assert eventually(lambda: link.reconnects == 3)


def test_a_queue_deleted_under_a_consumer_is_declared_and_consumed_again(
    make_link: Callable[..., Link], bus: Bus
) -> None:
    link = make_link()
    consumer = Consumer(link, "link.deleted")
    assert link.start(wait=PATIENCE)
    bus.delete("link.deleted")
    assert eventually(lambda: link.up and link.generation == 2)
    bus.publish("", "link.deleted", b"x")
    assert eventually(lambda: consumer.bodies == [b"x"])


def test_a_channel_that_the_broker_closes_fails_its_publishers_and_comes_back(
    make_link: Callable[..., Link],
) -> None:
    link = make_link()
    channel = link.channel(confirms=True)
    assert link.start(wait=PATIENCE)
    with pytest.raises(LinkDownError):
        channel.publish_confirmed([Outgoing("there.is.no.such.exchange", "", PLAIN, b"")])
    assert eventually(lambda: link.up and link.generation == 2)
    channel.publish_confirmed([Outgoing("", "nowhere", PLAIN, b"")])


def test_nothing_is_published_while_it_is_down(make_link: Callable[..., Link]) -> None:
    link = make_link("amqp://a:b@127.0.0.1:1/none")
    channel = link.channel(confirms=True)
    assert not link.start(wait=0.2)
    with pytest.raises(LinkDownError):
        channel.publish_confirmed([Outgoing("", "q", PLAIN, b"")])


def test_an_acknowledgement_of_an_earlier_connection_is_not_sent(
    make_link: Callable[..., Link], bus: Bus
) -> None:
    """Its number means another message now, or none, which would close the channel."""
    link = make_link()
    held: list[Delivery] = []

    def declare(channel: Any) -> None:
        channel.queue_declare("link.stale", auto_delete=False, arguments={"x-expires": 300_000})

    link.channel(declare=declare).consume("link.stale", held.append)
    assert link.start(wait=PATIENCE)
    bus.publish("", "link.stale", b"x")
    assert eventually(lambda: len(held) == 1)
    link.drop()
    assert eventually(lambda: len(held) == 2)
    held[0].ack()
    eventlet.sleep(0.2)
    assert (link.up, link.generation) == (True, 2)
    assert held[1].redelivered
    held[1].ack()
    held[1].ack()  # the second time counts for nothing
    eventlet.sleep(0.2)
    assert (link.up, link.generation) == (True, 2)


def test_stopping_sends_what_is_waiting_first(make_link: Callable[..., Link], bus: Bus) -> None:
    """An acknowledgement that is lost on the way out means that finished work is done again."""
    with bus.channel() as channel:
        for queue in ("link.stopping", "link.stopping.out"):
            channel.queue_declare(queue, auto_delete=False, arguments={"x-expires": 300_000})
        for n in range(300):
            channel.basic_publish(amqp.Message(str(n)), routing_key="link.stopping")
    link = make_link()
    held: list[Delivery] = []
    link.channel().consume("link.stopping", held.append)
    publisher = link.channel()
    assert link.start(wait=PATIENCE)
    assert eventually(lambda: len(held) == 300)
    for delivery in held:
        delivery.ack()
        publisher.publish("", "link.stopping.out", PLAIN, b"x" * 30_000)
    link.stop()
    assert not link.up
    assert eventually(lambda: bus.depth("link.stopping.out") == 300)
    assert eventually(lambda: bus.consumers("link.stopping") == 0)
    assert bus.depth("link.stopping") == 0


# --- silence --------------------------------------------------------------------------------------------------------


def test_a_half_open_broker_is_noticed_by_its_silence_and_publishers_do_not_hang(
    make_link: Callable[..., Link], nodes: Nodes, proxy: Proxy
) -> None:
    link = make_link(nodes.amqp_url(port=proxy.port), heartbeat=2)
    channel = link.channel(confirms=True)
    assert link.start(wait=PATIENCE)
    channel.publish_confirmed([Outgoing("", "nowhere", PLAIN, b"")])

    proxy.black_hole()
    began = time.monotonic()
    with pytest.raises(PublishFailedError):
        channel.publish_confirmed([Outgoing("", "nowhere", PLAIN, b"")], wait=0.5)
    assert time.monotonic() - began < 4  # the silence is noticed later
    with pytest.raises(LinkDownError):  # told when the silence is noticed, long before its own patience ends
        channel.publish_confirmed([Outgoing("", "nowhere", PLAIN, b"")], wait=3 * PATIENCE)
    assert time.monotonic() - began < PATIENCE
    assert not link.up

    proxy.black_hole(False)
    assert eventually(lambda: link.up)
    channel.publish_confirmed([Outgoing("", "nowhere", PLAIN, b"")])


def test_silence_is_noticed_behind_a_full_output_too(
    make_link: Callable[..., Link], nodes: Nodes, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The watch itself must not wait for room to send its heartbeat."""
    monkeypatch.setattr(link_module, "HIGH_WATER", 1000)
    link = make_link(nodes.amqp_url(port=proxy.port), heartbeat=1)
    channel = link.channel()
    assert link.start(wait=PATIENCE)
    proxy.black_hole()
    with pytest.raises(LinkDownError), eventlet.Timeout(PATIENCE, AssertionError("nobody noticed")):
        for _ in range(10_000):
            channel.publish("", "nowhere", PLAIN, b"x" * 65536)


def test_a_quiet_connection_is_kept_by_heartbeats(make_link: Callable[..., Link]) -> None:
    link = make_link(heartbeat=1)
    assert link.start(wait=PATIENCE)
    eventlet.sleep(3.5)
    assert (link.up, link.generation) == (True, 1)


def test_it_connects_once_the_broker_is_there(
    make_link: Callable[..., Link], nodes: Nodes, proxy: Proxy
) -> None:
    proxy.close()
    link = make_link(nodes.amqp_url(port=proxy.port))
    assert not link.start(wait=0.4)
    proxy.open()
    assert eventually(lambda: link.up)


# --- sizes and pressure ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 131_064, 131_065, 300_000, 3_000_000])
def test_bodies_of_any_size_come_through(make_link: Callable[..., Link], size: int) -> None:
    link = make_link()
    consumer = Consumer(link, "link.sizes")
    publisher = link.channel(confirms=True)
    assert link.start(wait=PATIENCE)
    body = bytes(n * 7 % 256 for n in range(1000)) * (size // 1000 + 1)
    publisher.publish_confirmed([Outgoing("", "link.sizes", PLAIN, body[:size])])
    assert eventually(lambda: consumer.bodies)
    assert consumer.bodies == [body[:size]]


def test_publishers_wait_while_too_much_is_unsent_and_go_on_later(
    make_link: Callable[..., Link], nodes: Nodes, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "HIGH_WATER", 200_000)
    other = make_link()
    consumer = Consumer(other, "link.pressure")
    assert other.start(wait=PATIENCE)
    link = make_link(nodes.amqp_url(port=proxy.port), heartbeat=30)
    channel = link.channel()
    assert link.start(wait=PATIENCE)
    proxy.black_hole()
    sent = 0

    def publish() -> None:
        nonlocal sent
        for _ in range(400):
            channel.publish("", "link.pressure", PLAIN, b"x" * 50_000)
            sent += 1

    publisher = eventlet.spawn(publish)

    def stands_still() -> bool:
        before = sent
        eventlet.sleep(0.3)
        return sent == before > 0

    assert eventually(stands_still)  # once the proxy and the kernel have taken what they can
    assert sent < 400
    assert link._out_size < 400_000
    proxy.let_through()
    publisher.wait()
    assert eventually(lambda: len(consumer.bodies) == 400)


# --- confirms and returns -------------------------------------------------------------------------------------------


def test_a_refused_message_fails_its_publisher_only(make_link: Callable[..., Link]) -> None:
    link = make_link()

    def declare(channel: Any) -> None:
        channel.queue_declare(
            "link.full",
            auto_delete=False,
            arguments={"x-expires": 300_000, "x-max-length": 2, "x-overflow": "reject-publish"},
        )
        channel.queue_purge("link.full")

    channel = link.channel(confirms=True, declare=declare)
    assert link.start(wait=PATIENCE)
    channel.publish_confirmed([Outgoing("", "link.full", PLAIN, b"")] * 2)
    with pytest.raises(PublishFailedError):
        channel.publish_confirmed([Outgoing("", "link.full", PLAIN, b"")])
    channel.publish_confirmed([Outgoing("", "nowhere", PLAIN, b"")])
    assert link.generation == 1


class _FakeLink:
    """Takes frames and sends none."""

    up, generation, frame_max = True, 1, 131_072

    def write(self, data: bytes) -> None:
        pass


@pytest.mark.parametrize(("method", "failure"), [(ACK, None), (NACK, PublishFailedError)])
def test_one_confirm_may_stand_for_many(method: int, failure: type[Exception] | None) -> None:
    channel = LinkChannel(_FakeLink(), 1, confirms=True)  # type: ignore[arg-type]
    outcomes: list[Any] = []

    def publish(count: int) -> None:
        try:
            channel.publish_confirmed([Outgoing("", "q", PLAIN, b"")] * count, wait=PATIENCE)
            outcomes.append(None)
        except PublishFailedError as error:
            outcomes.append(type(error))

    for count in (3, 2):
        eventlet.spawn(publish, count)
    eventlet.sleep(0.01)

    def confirm(tag: int, multiple: bool, kind: int) -> None:
        channel.on_method(kind, tag.to_bytes(8, "big") + bytes([multiple]))
        eventlet.sleep(0.01)

    confirm(2, False, ACK)
    confirm(4, True, method)  # 1, 3 and 4
    assert outcomes == [failure]
    confirm(5, False, ACK)
    assert outcomes == [failure, failure]
    assert not channel._unconfirmed


@pytest.mark.parametrize("fault", ["not connected yet", "a routing key that is too long"])
def test_a_message_that_never_left_does_not_upset_the_count_of_confirms(fault: str) -> None:
    """The broker numbers what it receives; one number ahead of it, every publisher would wait in vain."""
    fake = _FakeLink()
    channel = LinkChannel(fake, 1, confirms=True)  # type: ignore[arg-type]
    key = "q" * 300 if "key" in fault else "q"
    fake.up = "connected" not in fault
    with pytest.raises((LinkDownError, ValueError)):
        channel.publish_confirmed([Outgoing("", key, PLAIN, b"")])
    fake.up = True
    publisher = eventlet.spawn(channel.publish_confirmed, [Outgoing("", "q", PLAIN, b"")], wait=PATIENCE)
    eventlet.sleep(0.01)
    channel.on_method(ACK, (1).to_bytes(8, "big") + b"\x00")
    publisher.wait()


def test_a_lost_connection_fails_all_that_wait_for_confirms() -> None:
    channel = LinkChannel(_FakeLink(), 1, confirms=True)  # type: ignore[arg-type]
    failed: list[int] = []

    def publish(count: int) -> None:
        with pytest.raises(LinkDownError):
            channel.publish_confirmed([Outgoing("", "q", PLAIN, b"")] * count, wait=PATIENCE)
        failed.append(count)

    for count in (1, 3):
        eventlet.spawn(publish, count)
    eventlet.sleep(0.01)
    channel.down()
    assert eventually(lambda: sorted(failed) == [1, 3])


def test_a_mandatory_message_without_a_queue_comes_back(make_link: Callable[..., Link]) -> None:
    link = make_link()
    returned: list[Returned] = []
    channel = link.channel(on_return=returned.append)
    assert link.start(wait=PATIENCE)
    properties = encode_properties(correlation_id="c1")
    channel.publish("", "nowhere", properties, b"body", mandatory=True)
    assert eventually(lambda: returned)
    assert (returned[0].code, returned[0].reason, returned[0].routing_key) == (312, "NO_ROUTE", "nowhere")
    assert (returned[0].properties, returned[0].body) == ({"correlation_id": "c1"}, b"body")


# --- consuming ------------------------------------------------------------------------------------------------------


def test_prefetch_bounds_what_is_in_hand(make_link: Callable[..., Link], bus: Bus) -> None:
    link = make_link()
    held: list[Delivery] = []

    def declare(channel: Any) -> None:
        channel.queue_declare("link.prefetch", auto_delete=False, arguments={"x-expires": 300_000})

    link.channel(declare=declare, prefetch=3).consume("link.prefetch", held.append)
    assert link.start(wait=PATIENCE)
    for _ in range(8):
        bus.publish("", "link.prefetch", b"")
    assert eventually(lambda: len(held) == 3)
    stays(lambda: len(held) == 3, 0.3)
    held[2].ack(multiple=True)
    assert eventually(lambda: len(held) == 6)


def test_after_cancel_nothing_more_is_handed_over_and_nothing_is_lost(
    make_link: Callable[..., Link], bus: Bus
) -> None:
    link = make_link()
    consumer = Consumer(link, "link.cancel")
    assert link.start(wait=PATIENCE)
    bus.publish("", "link.cancel", b"1")
    assert eventually(lambda: consumer.bodies == [b"1"])
    consumer.channel.cancel()
    bus.publish("", "link.cancel", b"2")
    eventlet.sleep(0.1)
    assert consumer.bodies == [b"1"]
    assert [message.body for message in bus.take("link.cancel")] in ([b"2"], ["2"])
    link.drop()
    assert eventually(lambda: link.up and link.generation == 2)
    assert bus.consumers("link.cancel") == 0  # not taken up again by a reconnect


def test_wrong_credentials_are_tried_again_without_an_end(
    nodes: Nodes, make_link: Callable[..., Link]
) -> None:
    url = nodes.amqp_url()
    link = make_link(url.replace(url.split(":")[2].split("@")[0], "wrong"))
    assert not link.start(wait=1.0)
    assert not link._tasks[0].dead
    with pytest.raises(amqp.AccessRefused):
        link._connect()

"""The connection to the broker comes back by itself, notices a silent broker, and never lets anybody wait for ever."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import amqp
import eventlet
import pytest

from chassis.amqp import shared_connection as link_module
from chassis.amqp.channel import ConnectionDownError, Outgoing, PublishFailedError, SharedChannel
from chassis.amqp.delivery import Delivery, Returned
from chassis.amqp.frames import ACK, CONNECTION_BLOCKED, CONNECTION_UNBLOCKED, NACK
from chassis.amqp.properties import encode_properties
from chassis.amqp.shared_connection import SharedConnection
from chassis.rpc.client import RemoteService, RpcClient
from contracts.errors import CabinetError
from tests.support_code.bus import Bus
from tests.support_code.nodes import Nodes
from tests.support_code.proxy import Proxy
from tests.support_code.waiting import PATIENCE, eventually, stays

PLAIN = encode_properties(delivery_mode=1)


@pytest.fixture
def make_connection(bus: Bus) -> Iterator[Callable[..., SharedConnection]]:
    """Links that are stopped after the test."""
    made: list[SharedConnection] = []

    def make(url: str = "", **options: Any) -> SharedConnection:
        made.append(SharedConnection(url or bus.url, f"test connection {len(made)}", **options))
        return made[-1]

    yield make
    for connection in made:
        connection.stop()


@pytest.fixture
def proxy(nodes: Nodes) -> Iterator[Proxy]:
    found = Proxy(nodes.amqp_port)
    found.open()
    yield found
    found.close()


class Consumer:
    """A queue with a consumer that acknowledges and keeps all bodies."""

    def __init__(self, connection: SharedConnection, queue: str, **options: Any) -> None:
        self.queue = queue
        self.bodies: list[bytes] = []
        self.deliveries: list[Delivery] = []
        self.channel = connection.channel(declare=self._declare, **options)
        self.channel.consume(queue, self._on)

    def _declare(self, channel: Any) -> None:
        channel.queue_declare(self.queue, auto_delete=False, arguments={"x-expires": 300_000})

    def _on(self, delivery: Delivery) -> None:
        self.bodies.append(delivery.body)
        self.deliveries.append(delivery)
        delivery.ack()


# --- reconnecting -------------------------------------------------------------------------------------------------


def test_after_a_break_it_declares_and_consumes_again(
    make_connection: Callable[..., SharedConnection], bus: Bus
) -> None:
    connection = make_connection()
    consumer = Consumer(connection, "connection.again")
    assert connection.start(wait=PATIENCE)
    for generation in (1, 2, 3):
        assert eventually(lambda expected=generation: connection.up and connection.generation == expected)
        bus.publish("", "connection.again", str(generation).encode())
        # A break may cost an acknowledgement, and then brings the message again.
        assert eventually(lambda expected=generation: len(set(consumer.bodies)) == expected)
        connection.drop()
    assert set(consumer.bodies) == {b"1", b"2", b"3"}
    assert eventually(lambda: connection.reconnects == 3)


def test_a_queue_deleted_under_a_consumer_is_declared_and_consumed_again(
    make_connection: Callable[..., SharedConnection], bus: Bus
) -> None:
    connection = make_connection()
    consumer = Consumer(connection, "connection.deleted")
    assert connection.start(wait=PATIENCE)
    bus.delete("connection.deleted")
    assert eventually(lambda: connection.up and connection.generation == 2)
    bus.publish("", "connection.deleted", b"x")
    assert eventually(lambda: consumer.bodies == [b"x"])


def test_a_channel_that_the_broker_closes_fails_its_publishers_and_comes_back(
    make_connection: Callable[..., SharedConnection],
) -> None:
    connection = make_connection()
    channel = connection.channel(confirms=True)
    assert connection.start(wait=PATIENCE)
    with pytest.raises(ConnectionDownError):
        channel.publish_confirmed([Outgoing("there.is.no.such.exchange", "", PLAIN, b"")])
    assert eventually(lambda: connection.up and connection.generation == 2)
    channel.publish_confirmed([Outgoing("", "nowhere", PLAIN, b"")])


def test_nothing_is_published_while_it_is_down(make_connection: Callable[..., SharedConnection]) -> None:
    connection = make_connection("amqp://a:b@127.0.0.1:1/none")
    channel = connection.channel(confirms=True)
    assert not connection.start(wait=0.2)
    with pytest.raises(ConnectionDownError):
        channel.publish_confirmed([Outgoing("", "q", PLAIN, b"")])


def test_an_acknowledgement_of_an_earlier_connection_is_not_sent(
    make_connection: Callable[..., SharedConnection], bus: Bus
) -> None:
    """Its number means another message now, or none, which would close the channel."""
    connection = make_connection()
    held: list[Delivery] = []

    def declare(channel: Any) -> None:
        channel.queue_declare("connection.stale", auto_delete=False, arguments={"x-expires": 300_000})

    connection.channel(declare=declare).consume("connection.stale", held.append)
    assert connection.start(wait=PATIENCE)
    bus.publish("", "connection.stale", b"x")
    assert eventually(lambda: len(held) == 1)
    connection.drop()
    assert eventually(lambda: len(held) == 2)
    held[0].ack()
    eventlet.sleep(0.2)
    assert (connection.up, connection.generation) == (True, 2)
    assert held[1].redelivered
    held[1].ack()
    held[1].ack()  # the second time counts for nothing
    eventlet.sleep(0.2)
    assert (connection.up, connection.generation) == (True, 2)


def test_stopping_sends_what_is_waiting_first(
    make_connection: Callable[..., SharedConnection], bus: Bus
) -> None:
    """An acknowledgement that is lost on the way out means that finished work is done again."""
    with bus.channel() as channel:
        for queue in ("connection.stopping", "connection.stopping.out"):
            channel.queue_declare(queue, auto_delete=False, arguments={"x-expires": 300_000})
        for n in range(300):
            channel.basic_publish(amqp.Message(str(n)), routing_key="connection.stopping")
    connection = make_connection()
    held: list[Delivery] = []
    connection.channel().consume("connection.stopping", held.append)
    publisher = connection.channel()
    assert connection.start(wait=PATIENCE)
    assert eventually(lambda: len(held) == 300)
    for delivery in held:
        delivery.ack()
        publisher.publish("", "connection.stopping.out", PLAIN, b"x" * 30_000)
    connection.stop()
    assert not connection.up
    assert eventually(lambda: bus.depth("connection.stopping.out") == 300)
    assert eventually(lambda: bus.consumers("connection.stopping") == 0)
    assert bus.depth("connection.stopping") == 0


# --- silence --------------------------------------------------------------------------------------------------------


def test_a_half_open_broker_is_noticed_by_its_silence_and_publishers_do_not_hang(
    make_connection: Callable[..., SharedConnection], nodes: Nodes, proxy: Proxy
) -> None:
    connection = make_connection(nodes.amqp_url(port=proxy.port), heartbeat=2)
    channel = connection.channel(confirms=True)
    assert connection.start(wait=PATIENCE)
    channel.publish_confirmed([Outgoing("", "nowhere", PLAIN, b"")])

    proxy.black_hole()
    began = time.monotonic()
    with pytest.raises(PublishFailedError):
        channel.publish_confirmed([Outgoing("", "nowhere", PLAIN, b"")], wait=0.5)
    assert time.monotonic() - began < 4  # the silence is noticed later
    with pytest.raises(
        ConnectionDownError
    ):  # told when the silence is noticed, long before its own patience ends
        channel.publish_confirmed([Outgoing("", "nowhere", PLAIN, b"")], wait=3 * PATIENCE)
    assert time.monotonic() - began < PATIENCE
    assert not connection.up

    proxy.black_hole(False)
    assert eventually(lambda: connection.up)
    channel.publish_confirmed([Outgoing("", "nowhere", PLAIN, b"")])


def test_silence_is_noticed_behind_a_full_output_too(
    make_connection: Callable[..., SharedConnection],
    nodes: Nodes,
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The watch itself must not wait for room to send its heartbeat."""
    monkeypatch.setattr(link_module, "HIGH_WATER", 1000)
    connection = make_connection(nodes.amqp_url(port=proxy.port), heartbeat=1)
    channel = connection.channel()
    assert connection.start(wait=PATIENCE)
    proxy.black_hole()
    with pytest.raises(ConnectionDownError), eventlet.Timeout(PATIENCE, AssertionError("nobody noticed")):
        for _ in range(10_000):
            channel.publish("", "nowhere", PLAIN, b"x" * 65536)


def test_a_quiet_connection_is_kept_by_heartbeats(make_connection: Callable[..., SharedConnection]) -> None:
    connection = make_connection(heartbeat=1)
    assert connection.start(wait=PATIENCE)
    eventlet.sleep(3.5)
    assert (connection.up, connection.generation) == (True, 1)


def test_it_connects_once_the_broker_is_there(
    make_connection: Callable[..., SharedConnection], nodes: Nodes, proxy: Proxy
) -> None:
    proxy.close()
    connection = make_connection(nodes.amqp_url(port=proxy.port))
    assert not connection.start(wait=0.4)
    proxy.open()
    assert eventually(lambda: connection.up)


# --- sizes and pressure ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 131_064, 131_065, 300_000, 3_000_000])
def test_bodies_of_any_size_come_through(make_connection: Callable[..., SharedConnection], size: int) -> None:
    connection = make_connection()
    consumer = Consumer(connection, "connection.sizes")
    publisher = connection.channel(confirms=True)
    assert connection.start(wait=PATIENCE)
    body = bytes(n * 7 % 256 for n in range(1000)) * (size // 1000 + 1)
    publisher.publish_confirmed([Outgoing("", "connection.sizes", PLAIN, body[:size])])
    assert eventually(lambda: consumer.bodies)
    assert consumer.bodies == [body[:size]]


def test_publishers_wait_while_too_much_is_unsent_and_go_on_later(
    make_connection: Callable[..., SharedConnection],
    nodes: Nodes,
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(link_module, "HIGH_WATER", 200_000)
    other = make_connection()
    consumer = Consumer(other, "connection.pressure")
    assert other.start(wait=PATIENCE)
    connection = make_connection(nodes.amqp_url(port=proxy.port), heartbeat=30)
    channel = connection.channel()
    assert connection.start(wait=PATIENCE)
    proxy.black_hole()
    sent = 0

    def publish() -> None:
        nonlocal sent
        for _ in range(400):
            channel.publish("", "connection.pressure", PLAIN, b"x" * 50_000)
            sent += 1

    publisher = eventlet.spawn(publish)

    def stands_still() -> bool:
        before = sent
        eventlet.sleep(0.3)
        return sent == before > 0

    assert eventually(stands_still)  # once the proxy and the kernel have taken what they can
    assert sent < 400
    assert connection._out_size < 400_000
    proxy.let_through()
    publisher.wait()
    assert eventually(lambda: len(consumer.bodies) == 400)


def test_who_finds_no_room_in_time_has_sent_nothing(
    make_connection: Callable[..., SharedConnection],
    nodes: Nodes,
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(link_module, "HIGH_WATER", 200_000)
    connection = make_connection(nodes.amqp_url(port=proxy.port), heartbeat=30)
    channel = connection.channel(confirms=True)
    client = RpcClient(connection)
    assert connection.start(wait=PATIENCE)
    proxy.black_hole()
    with pytest.raises(ConnectionDownError):
        while True:
            channel.publish("", "nowhere", PLAIN, b"x" * 50_000, wait=0.2)
    unsent = connection._out_size
    began = time.monotonic()
    with pytest.raises(ConnectionDownError):
        channel.publish_confirmed([Outgoing("", "nowhere", PLAIN, b"")], wait=0.2)
    with pytest.raises(CabinetError) as failed:
        RemoteService(client, "nobody", deadline=0.2).ask()
    assert failed.value.code in ("deadline_exceeded", "service_unavailable")
    assert time.monotonic() - began < 3
    assert (connection._out_size, channel._unconfirmed, client.busy) == (unsent, {}, False)


def test_what_the_broker_blocks_fails_at_once_until_it_takes_again(
    make_connection: Callable[..., SharedConnection],
) -> None:
    connection = make_connection()
    channel = connection.channel(confirms=True)
    assert connection.start(wait=PATIENCE)
    connection._on_method(0, CONNECTION_BLOCKED, b"\x03low")
    with pytest.raises(ConnectionDownError):
        channel.publish_confirmed([Outgoing("", "nowhere", PLAIN, b"")], wait=PATIENCE)
    with pytest.raises(ConnectionDownError):
        channel.publish("", "nowhere", PLAIN, b"")
    channel.publish("", "nowhere", PLAIN, b"", blocked=True)
    connection._on_method(0, CONNECTION_UNBLOCKED, b"")
    channel._next_tag += 1  # of the one that did not ask for its confirm
    channel.publish_confirmed([Outgoing("", "nowhere", PLAIN, b"")])


# --- confirms and returns -------------------------------------------------------------------------------------------


def test_a_refused_message_fails_its_publisher_only(make_connection: Callable[..., SharedConnection]) -> None:
    connection = make_connection()

    def declare(channel: Any) -> None:
        channel.queue_declare(
            "connection.full",
            auto_delete=False,
            arguments={"x-expires": 300_000, "x-max-length": 2, "x-overflow": "reject-publish"},
        )
        channel.queue_purge("connection.full")

    channel = connection.channel(confirms=True, declare=declare)
    assert connection.start(wait=PATIENCE)
    channel.publish_confirmed([Outgoing("", "connection.full", PLAIN, b"")] * 2)
    with pytest.raises(PublishFailedError):
        channel.publish_confirmed([Outgoing("", "connection.full", PLAIN, b"")])
    channel.publish_confirmed([Outgoing("", "nowhere", PLAIN, b"")])
    assert connection.generation == 1


class _FakeLink:
    """Takes frames and sends none."""

    up, generation, frame_max = True, 1, 131_072

    def write(self, data: bytes) -> None:
        pass

    def wait_for_room(self, seconds: float, *, blocked: bool = False) -> None:
        pass


@pytest.mark.parametrize(("method", "failure"), [(ACK, None), (NACK, PublishFailedError)])
def test_one_confirm_may_stand_for_many(method: int, failure: type[Exception] | None) -> None:
    channel = SharedChannel(_FakeLink(), 1, confirms=True)  # type: ignore[arg-type]
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
    channel = SharedChannel(fake, 1, confirms=True)  # type: ignore[arg-type]
    key = "q" * 300 if "key" in fault else "q"
    fake.up = "connected" not in fault
    with pytest.raises((ConnectionDownError, ValueError)):
        channel.publish_confirmed([Outgoing("", key, PLAIN, b"")])
    fake.up = True
    publisher = eventlet.spawn(channel.publish_confirmed, [Outgoing("", "q", PLAIN, b"")], wait=PATIENCE)
    eventlet.sleep(0.01)
    channel.on_method(ACK, (1).to_bytes(8, "big") + b"\x00")
    publisher.wait()


def test_a_lost_connection_fails_all_that_wait_for_confirms() -> None:
    channel = SharedChannel(_FakeLink(), 1, confirms=True)  # type: ignore[arg-type]
    failed: list[int] = []

    def publish(count: int) -> None:
        with pytest.raises(ConnectionDownError):
            channel.publish_confirmed([Outgoing("", "q", PLAIN, b"")] * count, wait=PATIENCE)
        failed.append(count)

    for count in (1, 3):
        eventlet.spawn(publish, count)
    eventlet.sleep(0.01)
    channel.down()
    assert eventually(lambda: sorted(failed) == [1, 3])


def test_a_mandatory_message_without_a_queue_comes_back(
    make_connection: Callable[..., SharedConnection],
) -> None:
    connection = make_connection()
    returned: list[Returned] = []
    channel = connection.channel(on_return=returned.append)
    assert connection.start(wait=PATIENCE)
    properties = encode_properties(correlation_id="c1")
    channel.publish("", "nowhere", properties, b"body", mandatory=True)
    assert eventually(lambda: returned)
    assert (returned[0].code, returned[0].reason, returned[0].routing_key) == (312, "NO_ROUTE", "nowhere")
    assert (returned[0].properties, returned[0].body) == ({"correlation_id": "c1"}, b"body")


# --- consuming ------------------------------------------------------------------------------------------------------


def test_prefetch_bounds_what_is_in_hand(make_connection: Callable[..., SharedConnection], bus: Bus) -> None:
    connection = make_connection()
    held: list[Delivery] = []

    def declare(channel: Any) -> None:
        channel.queue_declare("connection.prefetch", auto_delete=False, arguments={"x-expires": 300_000})

    connection.channel(declare=declare, prefetch=3).consume("connection.prefetch", held.append)
    assert connection.start(wait=PATIENCE)
    for _ in range(8):
        bus.publish("", "connection.prefetch", b"")
    assert eventually(lambda: len(held) == 3)
    stays(lambda: len(held) == 3, 0.3)
    held[2].ack(multiple=True)
    assert eventually(lambda: len(held) == 6)


def test_after_cancel_nothing_more_is_handed_over_and_nothing_is_lost(
    make_connection: Callable[..., SharedConnection], bus: Bus
) -> None:
    connection = make_connection()
    consumer = Consumer(connection, "connection.cancel")
    assert connection.start(wait=PATIENCE)
    bus.publish("", "connection.cancel", b"1")
    assert eventually(lambda: consumer.bodies == [b"1"])
    consumer.channel.cancel()
    bus.publish("", "connection.cancel", b"2")
    eventlet.sleep(0.1)
    assert consumer.bodies == [b"1"]
    assert [message.body for message in bus.take("connection.cancel")] in ([b"2"], ["2"])
    connection.drop()
    assert eventually(lambda: connection.up and connection.generation == 2)
    assert bus.consumers("connection.cancel") == 0  # not taken up again by a reconnect


def test_wrong_credentials_are_tried_again_without_an_end(
    nodes: Nodes, make_connection: Callable[..., SharedConnection]
) -> None:
    url = nodes.amqp_url()
    connection = make_connection(url.replace(url.split(":")[2].split("@")[0], "wrong"))
    assert not connection.start(wait=1.0)
    assert not connection._tasks[0].dead
    with pytest.raises(amqp.AccessRefused):
        connection._connect()

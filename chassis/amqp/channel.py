"""A channel of a SharedConnection: publishing, consuming, confirms. It outlives the connection: after a reconnect it is
opened, declared and consumed anew."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from struct import Struct
from typing import Any, NamedTuple, Protocol

import amqp
from eventlet.event import Event as GreenEvent
from eventlet.timeout import Timeout

from chassis.amqp import frames
from chassis.amqp.delivery import Delivery, Returned
from chassis.amqp.frames import short_string

_u16 = Struct(">H")
_u64 = Struct(">Q")

Declare = Callable[[amqp.Channel], None]


class ConnectionDownError(ConnectionError):
    """There is no connection to the broker right now, or it was lost before the answer came."""


class PublishFailedError(Exception):
    """The broker refused a message, or did not confirm it in time."""


class Outgoing(NamedTuple):
    """A message to publish. ``properties`` as made by encode_properties."""

    exchange: str
    routing_key: str
    properties: bytes
    body: bytes


class Connected(Protocol):
    """What a channel needs of the connection it is of. ``generation`` counts the connections made so far."""

    frame_max: int
    generation: int
    up: bool

    def write(self, data: bytes) -> None:
        """Send frames. Raises ConnectionDownError."""

    def wait_for_room(self, seconds: float, *, blocked: bool = False) -> None:
        """Before publishing. Raises ConnectionDownError."""


class _Confirmation:
    """Waits until the broker has confirmed a number of messages."""

    __slots__ = ("event", "failure", "remaining")

    def __init__(self, remaining: int) -> None:
        self.remaining = remaining
        self.event = GreenEvent()
        self.failure: Exception | None = None

    def settle(self, failure: Exception | None) -> None:
        if failure is not None and self.failure is None:
            self.failure = failure
        self.remaining -= 1
        if self.remaining == 0:
            self.event.send(None)


class _Consumer(NamedTuple):
    queue: str
    tag: str
    no_ack: bool
    on_delivery: Callable[[Delivery], None]


class SharedChannel:
    """Made by ``SharedConnection.channel`` before the connection starts."""

    def __init__(
        self,
        connection: Connected,
        number: int,
        *,
        prefetch: int = 0,
        confirms: bool = False,
        declare: Declare | None = None,
        on_return: Callable[[Returned], None] | None = None,
        on_down: Callable[[], None] | None = None,
    ) -> None:
        self._connection = connection
        self.number = number
        self._prefetch = prefetch
        self._confirms = confirms
        self._declare = declare
        self._on_return = on_return
        self._on_down = on_down
        self._consumers: dict[str, _Consumer] = {}
        self._canceled: dict[str, GreenEvent] = {}
        self._next_tag = 0
        self._unconfirmed: dict[int, _Confirmation] = {}

    # --- set up -------------------------------------------------------------------------------------------

    def consume(self, queue: str, on_delivery: Callable[[Delivery], None], *, no_ack: bool = False) -> None:
        """Consume a queue from the next connect on. ``on_delivery`` runs in the reader and must not block."""
        tag = f"{self.number}.{len(self._consumers)}"
        self._consumers[tag] = _Consumer(queue, tag, no_ack, on_delivery)

    def open(self, connection: amqp.Connection) -> None:
        """Open on a fresh connection, while py-amqp still reads it."""
        self._next_tag = 0
        channel = connection.channel(self.number)
        if self._declare is not None:
            self._declare(channel)
        if self._prefetch:
            channel.basic_qos(0, self._prefetch, False)
        if self._confirms:
            channel.confirm_select()

    def start_consuming(self) -> None:
        """Ask for deliveries; from here on the connection's own reader reads the connection."""
        for consumer in self._consumers.values():
            self._connection.write(
                frames.consume_frame(
                    self.number, consumer.queue.encode(), consumer.tag.encode(), consumer.no_ack
                )
            )

    def down(self) -> None:
        """The connection was lost: nothing unconfirmed will be confirmed any more."""
        pending, self._unconfirmed = self._unconfirmed, {}
        lost = ConnectionDownError("connection lost before the confirm")
        for confirmation in pending.values():
            confirmation.settle(lost)
        canceled, self._canceled = self._canceled, {}
        for event in canceled.values():
            event.send(None)
        if self._on_down is not None:
            self._on_down()

    # --- publishing ---------------------------------------------------------------------------------------

    def publish(
        self,
        exchange: str,
        routing_key: str,
        properties: bytes,
        body: bytes,
        *,
        mandatory: bool = False,
        wait: float = 10.0,
        blocked: bool = False,
    ) -> None:
        """Send and forget. Waits at most so long for room; while the broker blocks publishers it fails at once, unless
        it may wait there (``blocked``). Raises ConnectionDownError; then nothing was sent."""
        data = self._frames(exchange, routing_key, properties, body, mandatory)
        self._connection.wait_for_room(wait, blocked=blocked)
        self._connection.write(data)

    def _frames(
        self, exchange: str, routing_key: str, properties: bytes, body: bytes, mandatory: bool
    ) -> bytes:
        return frames.publish_frames(
            self.number,
            exchange.encode(),
            # As received in a reply_to, whatever bytes the caller chose.
            routing_key.encode("utf-8", "surrogateescape"),
            properties,
            body,
            mandatory,
            self._connection.frame_max,
        )

    def publish_confirmed(self, messages: Sequence[Outgoing], wait: float = 10.0) -> None:
        """Send all and wait until the broker has taken responsibility for each.

        Raises ConnectionDownError or PublishFailedError; then any of them may or may not have been published.
        """
        if not messages:
            return
        confirmation = _Confirmation(len(messages))
        deadline = time.monotonic() + wait
        for message in messages:
            data = self._frames(*message, mandatory=False)
            self._connection.wait_for_room(deadline - time.monotonic())
            if not self._connection.up:
                raise ConnectionDownError("not connected to the broker")
            # The broker counts what reaches it: from here to the write nothing may fail.
            self._next_tag += 1
            self._unconfirmed[self._next_tag] = confirmation
            try:
                self._connection.write(data)
            except ConnectionDownError:
                self._unconfirmed = {t: c for t, c in self._unconfirmed.items() if c is not confirmation}
                raise
        with Timeout(
            max(0.0, deadline - time.monotonic()), PublishFailedError(f"no confirm within {wait} s")
        ):
            confirmation.event.wait()
        if confirmation.failure is not None:
            raise confirmation.failure

    # --- consuming ----------------------------------------------------------------------------------------

    def ack(self, tag: int, generation: int, *, multiple: bool = False) -> None:
        """Acknowledge, unless the delivery came over an earlier connection (the broker sends it again)."""
        if generation == self._connection.generation and self._connection.up:
            self._connection.write(frames.ack_frame(self.number, tag, multiple))

    def nack(self, tag: int, generation: int, *, requeue: bool = True) -> None:
        """Refuse, likewise."""
        if generation == self._connection.generation and self._connection.up:
            self._connection.write(frames.nack_frame(self.number, tag, requeue, False))

    def cancel(self, wait: float = 5.0) -> None:
        """Stop consuming; returns once the broker has sent its last delivery."""
        waiting = []
        for tag in list(self._consumers):
            del self._consumers[tag]
            if self._connection.up:
                event = self._canceled[tag] = GreenEvent()
                waiting.append(event)
                self._connection.write(frames.cancel_frame(self.number, tag.encode()))
        with Timeout(wait, False):
            for event in waiting:
                event.wait()

    # --- what the reader found ------------------------------------------------------------------------------

    def on_content(self, method: int, payload: bytes, header: bytes, body: bytes) -> None:
        """A delivery or a returned message is complete."""
        if method == frames.DELIVER:
            tag, offset = short_string(payload, 0)
            (delivery_tag,) = _u64.unpack_from(payload, offset)
            redelivered = bool(payload[offset + 8])
            exchange, routing_key = _route(payload[offset + 9 :])
            consumer = self._consumers.get(tag)
            delivery = Delivery(
                self,
                self._connection.generation,
                delivery_tag,
                redelivered,
                exchange,
                routing_key,
                header,
                body,
            )
            if consumer is None:
                # Cancelled meanwhile: give it back at once.
                delivery.nack()
                return
            consumer.on_delivery(delivery)
        elif self._on_return is not None:
            (code,) = _u16.unpack_from(payload, 0)
            reason, offset = short_string(payload, 2)
            exchange, offset = short_string(payload, offset)
            routing_key, _ = short_string(payload, offset)
            self._on_return(Returned(code, reason, exchange, routing_key, header, body))

    def on_method(self, method: int, payload: bytes) -> None:
        """Confirms and cancellations. Raises when the broker closed the channel or cancelled a consumer."""
        if method == frames.ACK or method == frames.NACK:
            tag, multiple = frames.read_tag(payload, 0)
            failure = None if method == frames.ACK else PublishFailedError("the broker refused the message")
            self._confirmed(tag, multiple, failure)
        elif method == frames.CANCEL_OK:
            event = self._canceled.pop(short_string(payload, 0)[0], None)
            if event is not None:
                event.send(None)
        elif method == frames.CHANNEL_CLOSE:
            raise ConnectionDownError(f"the broker closed the channel: {_close_reason(payload)}")
        elif method == frames.CANCEL:
            raise ConnectionDownError("the broker cancelled a consumer (its queue is gone)")

    def _confirmed(self, tag: int, multiple: bool, failure: Exception | None) -> None:
        if not multiple:
            confirmation = self._unconfirmed.pop(tag, None)
            if confirmation is not None:
                confirmation.settle(failure)
            return
        for known in list(self._unconfirmed):
            if known > tag:
                break
            self._unconfirmed.pop(known).settle(failure)


@lru_cache(maxsize=1024)
def _route(raw: bytes) -> tuple[str, str]:
    """Exchange and routing key: the same few in message after message."""
    exchange, offset = short_string(raw, 0)
    return exchange, short_string(raw, offset)[0]


def _close_reason(payload: bytes) -> str:
    (code,) = _u16.unpack_from(payload, 0)
    text: Any = short_string(payload, 2)[0]
    return f"{code} {text}"

"""Subscriptions to events: own acks, inbox in the transaction of the effect, delayed retries, dead letters."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import structlog
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import Entrypoint

from chassis import context, metrics, tracing
from chassis.amqp.channel import ConnectionDownError, Outgoing, PublishFailedError
from chassis.amqp.delivery import Delivery
from chassis.amqp.properties import PERSISTENT, encode_properties, printable
from chassis.broker import (
    DEAD_EXCHANGE,
    RETRY_AFTER,
    RETRY_EXCHANGE,
    RETURN_EXCHANGE,
    BrokerConnection,
    find,
    retry_key,
    subscription_queue,
)
from chassis.contexts import ServiceContext
from chassis.dead_letter_watch import DeadLetterWatch
from chassis.errors import as_cabinet_error, is_transient, no_bare_timeout
from chassis.inbox import first_time
from contracts.events import REGISTRY, Event

log = structlog.get_logger(__name__)

RETRY, REASON, FIRST_FAILED = "x-retry", "x-dead-reason", "x-first-failed-at"
PREFETCH = 8


class UnreadableEventError(Exception):
    """The message is not an event of the declared type: no retry can help."""


class Envelope(msgspec.Struct, frozen=True):
    """An event with the metadata it travelled with."""

    id: str
    payload: Event


class Subscription(Entrypoint):
    """Handles one event of one source. The method gets ``(ctx, event)`` inside the inbox's transaction."""

    broker = BrokerConnection()
    expected_exceptions = Exception  # logged here, with attempts and without data

    def __init__(self, source: str, event: str, prefetch: int = PREFETCH, lasting: bool = False) -> None:
        self.source = source
        self.event = event
        self.lasting = lasting
        self._prefetch = prefetch

    def setup(self) -> None:
        """Consume."""
        consumer = self.container.service_name
        self.queue = subscription_queue(consumer, self.source, self.event)
        self._type = REGISTRY.get((self.source, self.event))
        if self._type is None:
            raise LookupError(f"no contract for {self.source}.{self.event}")
        self._channel = self.broker.connection.channel(
            prefetch=self._prefetch,
            declare=lambda channel: find(channel, queues=[self.queue]),
        )
        self._channel.consume(self.queue, self._on_delivery)
        self._failures = self.broker.connection.channel(confirms=True)
        config = self.container.config
        self._dead = DeadLetterWatch(config["AMQP_URI"], self.queue, config["dead_letters_limit"])

    def stop(self) -> None:
        """Take no more; what is in hand is finished by the container."""
        self._channel.cancel()

    def _on_delivery(self, delivery: Delivery) -> None:
        try:
            envelope = self._read(delivery)
        except Exception as error:
            log.warning("event_unreadable", queue=self.queue, error=type(error).__name__)
            self._spawn(delivery, None)
            return
        self._spawn(delivery, envelope)

    def _spawn(self, delivery: Delivery, envelope: Envelope | None) -> None:
        try:
            self.container.spawn_worker(
                self,
                (envelope, context.from_headers(delivery.headers) if envelope else None, self.queue),
                {},
                handle_result=partial(self._finished, delivery, time.perf_counter()),
            )
        except ContainerBeingKilled:
            # Unacknowledged, it comes to another replica.
            return

    def _may_send(self, exchange: str, user: str) -> bool:
        """An event comes from its source, as the broker has checked; again from ourselves, or from who replays."""
        if exchange == RETURN_EXCHANGE:
            return user == self.broker.user or user in self.broker.replayers
        return user == self.source

    def _read(self, delivery: Delivery) -> Envelope:
        properties = delivery.properties
        if properties.get("content_type") != "application/json":
            # Never unpickle; JSON is the only language of the bus.
            raise UnreadableEventError("content type")
        if not self._may_send(delivery.exchange, str(properties.get("user_id") or "")):
            raise UnreadableEventError("sender")
        headers = properties.get("headers") or {}
        event_id = headers.get("cloudEvents:id") or properties.get("message_id")
        if not printable(event_id):
            raise UnreadableEventError("no id")
        assert self._type is not None
        return Envelope(str(event_id), self._type.from_payload(msgspec.json.decode(delivery.body)))

    def _finished(
        self, delivery: Delivery, started: float, worker: Any, result: Any, exc_info: Any
    ) -> tuple[Any, Any]:
        outcome = "ok"
        try:
            if exc_info is not None:
                outcome = self._put_aside(delivery, exc_info)
            delivery.ack()
        except Exception as error:
            # Not put aside safely: give it back, the broker delivers it again.
            if not isinstance(error, ConnectionDownError | PublishFailedError):
                log.error("event_not_put_aside", queue=self.queue, exc_info=True)
            delivery.nack()
            outcome = "returned"
        metrics.EVENTS_HANDLED.labels(self.queue, outcome).observe(time.perf_counter() - started)
        return result, None

    def _put_aside(self, delivery: Delivery, exc_info: Any) -> str:
        """Into a retry queue, or to the dead letters once the tries are used up."""
        error = exc_info[1]
        headers = dict(delivery.headers)
        retry = headers.get(RETRY, 0) if isinstance(headers.get(RETRY, 0), int) else 0
        retry = max(0, retry)
        headers.setdefault(FIRST_FAILED, int(time.time() * 1000))
        code = as_cabinet_error(error).code
        if is_transient(error):
            # The infrastructure's fault is not the message's: it waits, uncounted, until things are back.
            log.warning("event_waits", queue=self.queue, code=code)
            self._publish(delivery, RETRY_EXCHANGE, retry_key(RETRY_AFTER[0], self.queue), headers)
            return "waiting"
        hopeless = isinstance(error, UnreadableEventError)
        if hopeless or retry >= len(RETRY_AFTER):
            headers[REASON] = "unreadable" if hopeless else f"{type(error).__name__} {code}"
            log.error("event_dead", queue=self.queue, code=code, attempts=retry + 1, exc_info=exc_info)
            self._publish(delivery, DEAD_EXCHANGE, self.queue, headers)
            metrics.EVENTS_DEAD.labels(self.queue).inc()
            self._dead.one_more()
            return "dead"
        delay = RETRY_AFTER[retry]
        headers[RETRY] = retry + 1
        log.warning(
            "event_retry", queue=self.queue, code=code, retry=retry + 1, delay=delay, exc_info=exc_info
        )
        self._publish(delivery, RETRY_EXCHANGE, retry_key(delay, self.queue), headers)
        metrics.EVENTS_RETRIED.labels(self.queue).inc()
        return "retry"

    def _publish(self, delivery: Delivery, exchange: str, key: str, headers: dict[str, Any]) -> None:
        self._failures.publish_confirmed(
            [Outgoing(exchange, key, _properties_to_keep(delivery, headers, self.broker.user), delivery.body)]
        )


_declare = Subscription.decorator


def subscribe(kind: type[Event], *, lasting: bool = False) -> Callable[[Callable[..., Any]], Any]:
    """``method(self, ctx, event)``: once per event of that class, in the transaction that also remembers its id.

    ``lasting`` is for events about money: their dead letters never expire.
    """
    source, event = kind.source, kind.event_name()

    def decorate(method: Callable[..., Any]) -> Any:
        @functools.wraps(method)
        def run(self: Any, envelope: Envelope | None, received: context.CallContext, queue: str) -> None:
            if envelope is None:
                raise UnreadableEventError("body")
            with tracing.span(f"{self.name} {source}.{event}", received.traceparent) as traceparent:
                # The deadline and the subject were the first caller's, not the event's.
                mine = context.CallContext(received.request_id, traceparent)
                context.enter(mine)
                service: ServiceContext = self.service
                with no_bare_timeout(), service.begin() as ctx:
                    if first_time(ctx.tx, queue, envelope.id):
                        method(self, ctx, envelope.payload)

        return _declare(source, event, lasting=lasting)(run)

    return decorate


def _properties_to_keep(delivery: Delivery, headers: dict[str, Any], user: str) -> bytes:
    properties = delivery.properties
    try:
        return encode_properties(
            content_type=printable(properties.get("content_type")),
            content_encoding=printable(properties.get("content_encoding")),
            headers={name: value for name, value in headers.items() if _storable(value)},
            delivery_mode=PERSISTENT,
            message_id=printable(properties.get("message_id")),
            type=printable(properties.get("type")),
            user_id=user,
        )
    except Exception:
        # A sender may use types, sizes and names that we read but don't write: ours are what counts then.
        ours = {name: headers[name] for name in (RETRY, REASON, FIRST_FAILED) if name in headers}
        return encode_properties(headers=ours, delivery_mode=PERSISTENT, user_id=user)


def _storable(value: Any) -> bool:
    return isinstance(value, str | int | bool | list | dict) or value is None

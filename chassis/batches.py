"""Consumes many messages at once: one handler call, one transaction, one acknowledgement for all of them.

What waits in the queue when the last batch is committed makes the next one, so batches grow with the load and a
single message never waits. The handler returns the answers to publish; they go out after its commit and before the
acknowledgement: a crash in between brings the messages again, and a handler that knows its batches answers the same.
The unacknowledged message is the outbox row here (docs/adr/0006).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import eventlet
import structlog
from eventlet.event import Event as GreenEvent
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import Entrypoint, SharedExtension

from chassis import context, metrics
from chassis.amqp.channel import LinkDownError, Outgoing, PublishFailedError
from chassis.amqp.delivery import Delivery
from chassis.amqp.link import Link
from chassis.amqp.properties import PERSISTENT, encode_properties, printable
from chassis.broker import dead_queue
from chassis.configuration import ConfigurationError
from chassis.faults import is_transient
from chassis.health import HealthServer

log = structlog.get_logger(__name__)

Declare = Callable[[Any], None]
MOST_MESSAGES = 256
PAUSE_FIRST, PAUSE_MOST = 0.2, 5.0


ROUTING_KEY, USER = "x-routing-key", "x-user-id"


def original(delivery: Delivery, name: str, now: str) -> str:
    """What a message said of itself before it was put aside: an outsider cannot publish over the default exchange,
    so the headers of a message that came that way are our own."""
    if delivery.exchange == "":
        value = delivery.headers.get(name)
        return value if isinstance(value, str) else ""
    return now


class OutsideBroker(SharedExtension):
    """The link to the vhost where outsiders publish, apart from the internal one."""

    health = HealthServer()

    @property
    def link(self) -> Link:
        """Made when first asked for."""
        if getattr(self, "_link", None) is None:
            self._link = Link(self.container.config["AMI_AMQP_URI"], f"{self.container.service_name}-outside")
        return self._link

    def setup(self) -> None:
        """Readiness depends on it."""
        if not self.container.config.get("AMI_AMQP_URI"):
            raise ConfigurationError("AMI_AMQP_URL is not set")
        self.health.add_check("outside_broker", lambda: self.link.up)

    def start(self) -> None:
        """Connect."""
        self.link.start()

    def stop(self) -> None:
        """Disconnect."""
        self.link.stop()


class PoisonError(Exception):
    """This message can never be handled; ``str`` is the reason for the dead letters."""


class Batches(Entrypoint):
    """``method(self, deliveries) -> list[Outgoing]``, committed before it returns.

    A handler that raises is tried again with each message alone; one that still fails goes to the dead letters,
    unless the infrastructure was at fault: then everything waits.
    """

    broker = OutsideBroker()
    expected_exceptions = Exception

    def __init__(self, queue: str, declare: Declare, most: int = MOST_MESSAGES) -> None:
        self.queue_name = queue
        self._declare = declare
        self._most = most

    def setup(self) -> None:
        """A channel to consume, and one with confirms for answers and dead letters."""
        self._waiting: deque[Delivery] = deque()
        self._wake = GreenEvent()
        self._channel = self.broker.link.channel(
            prefetch=2 * self._most, declare=self._declare, on_down=self._waiting.clear
        )
        self._channel.consume(self.queue_name, self._on_delivery)
        self._answers = self.broker.link.channel(confirms=True)
        self._stopping = False

    def start(self) -> None:
        """Begin."""
        self._task = self.container.spawn_managed_thread(self._loop, identifier=f"batches {self.queue_name}")

    def stop(self) -> None:
        """Finish the batch in hand; what was not begun goes back to the queue."""
        self._channel.cancel()
        self._stopping = True
        self._signal()
        with eventlet.Timeout(20, False):
            self._task.wait()

    def _on_delivery(self, delivery: Delivery) -> None:
        self._waiting.append(delivery)
        self._signal()

    def _signal(self) -> None:
        if not self._wake.ready():
            self._wake.send(None)

    def _loop(self) -> None:
        while not self._stopping:
            if not self._waiting:
                self._wake.wait()
                self._wake = GreenEvent()
                continue
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._most))]
            try:
                self._handle(batch)
            except ContainerBeingKilled:
                return
            except (LinkDownError, PublishFailedError):
                # The deliveries belong to a lost connection, or their answers did not get out: again.
                for delivery in batch:
                    delivery.nack()
                metrics.BATCHED.labels(self.queue_name, "returned").inc(len(batch))
                eventlet.sleep(PAUSE_FIRST)

    def _handle(self, batch: list[Delivery]) -> None:
        pause = PAUSE_FIRST
        while True:
            answers, error = self._run(batch)
            if error is None:
                self._answers.publish_confirmed(answers)
                Delivery.ack_all(batch)
                metrics.BATCHED.labels(self.queue_name, "ok").inc(len(batch))
                return
            if not is_transient(error):
                break
            if self._stopping:
                for delivery in batch:
                    delivery.nack()
                return
            log.warning("batch_waits", queue=self.queue_name, error=type(error).__name__, messages=len(batch))
            eventlet.sleep(pause)
            pause = min(pause * 2, PAUSE_MOST)
        if len(batch) == 1:
            self._bury(batch[0], error)
            return
        for delivery in batch:
            self._handle([delivery])

    def _run(self, batch: Sequence[Delivery]) -> tuple[list[Outgoing], Exception | None]:
        done = GreenEvent()

        def finished(worker: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
            done.send((result or [], exc_info[1] if exc_info else None))
            return result, None

        call = context.CallContext(traceparent=context.new_traceparent())
        self.container.spawn_worker(self, (call, batch), {}, handle_result=finished)
        outcome: tuple[list[Outgoing], Exception | None] = done.wait()
        return outcome

    def _bury(self, delivery: Delivery, error: Exception) -> None:
        reason = str(error) if isinstance(error, PoisonError) else type(error).__name__
        log.error("message_dead", queue=self.queue_name, reason=reason, exc_info=error)
        self._answers.publish_confirmed(
            [
                Outgoing(
                    "",
                    dead_queue(self.queue_name),
                    encode_properties(
                        content_type=printable(delivery.properties.get("content_type")),
                        headers={
                            "x-dead-reason": reason,
                            # A replay comes over the default exchange; these tell what the message was first.
                            ROUTING_KEY: original(delivery, ROUTING_KEY, delivery.routing_key),
                            USER: original(delivery, USER, str(delivery.properties.get("user_id") or "")),
                            context.TRACEPARENT: context.new_traceparent(),
                        },
                        delivery_mode=PERSISTENT,
                    ),
                    delivery.body,
                )
            ]
        )
        delivery.ack()
        metrics.BATCHED.labels(self.queue_name, "dead").inc()


_declare = Batches.decorator


def batches(queue: str, declare: Declare, most: int = MOST_MESSAGES) -> Callable[[Callable[..., Any]], Any]:
    """``method(self, deliveries)`` handles what waits in the queue."""

    def decorate(method: Callable[..., Any]) -> Any:
        def run(self: Any, call: context.CallContext, deliveries: Sequence[Delivery]) -> Any:
            context.enter(call)
            return method(self, deliveries)

        run.__name__ = method.__name__
        run.__doc__ = method.__doc__
        return _declare(queue, declare, most)(run)

    return decorate

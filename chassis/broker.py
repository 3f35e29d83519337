"""The process's connection to the broker, and the names of what stands there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kombu.entity import Exchange, Queue
from nameko.extensions import SharedExtension

from chassis.amqp.shared_connection import SharedConnection
from chassis.health import HealthServer

RPC_EXCHANGE = "nameko-rpc"
# Retry queues for events that failed: a message stays for the delay, then returns to its queue.
DELAYS = {1: "cabinet.delay.1s", 10: "cabinet.delay.10s", 60: "cabinet.delay.60s", 600: "cabinet.delay.600s"}
RETRY_AFTER = (1, 10, 60, 600)
# Far above any number of consumer deaths a healthy message may live through; a message that kills its consumer
# every time ends in the dead letters.
DELIVERY_LIMIT = 200
# Dead letters may hold personal data: they go after a month.
DEAD_KEPT_MS = 30 * 24 * 3600 * 1000


def event_exchange_name(service: str) -> str:
    """The exchange on which a service announces its events."""
    return f"{service}.events"


def event_exchange(service: str) -> Exchange:
    """The same, to be declared."""
    return topic_exchange(event_exchange_name(service))


def topic_exchange(name: str) -> Exchange:
    """A lasting exchange that looks at routing keys."""
    return Exchange(name, "topic", durable=True, auto_delete=False)


def subscription_queue(consumer: str, source: str, event: str) -> str:
    """The queue of a consumer for an event; never named after a method, so that code can be renamed."""
    return f"{consumer}.{source}.{event}"


def dead_queue(queue: str) -> str:
    """Where a queue's failures end."""
    return f"{queue}.dead"


def rpc_queue(service: str) -> str:
    """nameko's own name, so that its stock client finds the service."""
    return f"rpc-{service}"


def delay_queue(seconds: int) -> Queue:
    """A retry queue. Its fanout keeps the routing key (the queue's name), which brings the message back."""
    name = DELAYS[seconds]
    return Queue(
        name,
        Exchange(name, "fanout", durable=True, auto_delete=False),
        durable=True,
        auto_delete=False,
        queue_arguments={
            "x-queue-type": "quorum",
            "x-message-ttl": int(seconds * 1000),
            "x-dead-letter-exchange": "",
            # At most once would lose a message when the broker dies while it moves.
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        },
    )


def dead_letter_queue(queue: str, *, lasting: bool = False) -> Queue:
    """Where the failures of a queue end: for a month, or with ``lasting`` until somebody replays or drops them."""
    return Queue(
        dead_queue(queue),
        durable=True,
        auto_delete=False,
        queue_arguments={
            "x-queue-type": "quorum",
            **({} if lasting else {"x-message-ttl": DEAD_KEPT_MS}),
            # Looking at a letter is a delivery, too: RabbitMQ 4 would drop it after 20 looks.
            "x-delivery-limit": 1_000_000,
        },
    )


def work_queue(queue: str, exchange: Exchange | None = None, routing_key: str = "") -> Queue:
    """A quorum queue whose poison ends in ``<queue>.dead``; bound where an exchange is given."""
    return Queue(
        queue,
        exchange,
        routing_key=routing_key,
        durable=True,
        auto_delete=False,
        queue_arguments={
            "x-queue-type": "quorum",
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": dead_queue(queue),
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        },
    )


def declare_subscription(
    channel: Any, consumer: str, source: str, event: str, *, lasting: bool = False
) -> None:
    """Exchange, queue, dead letters and retry queues of one subscription. ``lasting``: see ``dead_letter_queue``."""
    queue = subscription_queue(consumer, source, event)
    declare_work_queue(channel, work_queue(queue, event_exchange(source), event), lasting=lasting)
    declare_delays(channel)


def declare_work_queue(channel: Any, queue: Queue, *, lasting: bool = False) -> None:
    """Its dead letters first: nothing may die before there is a place for it."""
    dead_letter_queue(queue.name, lasting=lasting).declare(channel=channel)
    queue.declare(channel=channel)


def declare_delays(channel: Any) -> None:
    """All retry queues, which are everybody's."""
    for seconds in DELAYS:
        delay_queue(seconds).declare(channel=channel)


class BrokerConnection(SharedExtension):
    """The SharedConnection of the process on the internal vhost."""

    health = HealthServer()

    def __init__(self) -> None:
        self.finish_first: list[Callable[[], None]] = []

    def setup(self) -> None:
        """Make the connection; whoever needs a channel makes it in its own ``setup``."""
        _ = self.connection
        self.health.add_check("broker", lambda: self.connection.up)

    @property
    def connection(self) -> SharedConnection:
        """The connection, made when first asked for (extensions are set up in no particular order)."""
        if getattr(self, "_connection", None) is None:
            self._connection = SharedConnection(
                self.container.config["AMQP_URI"], f"{self.container.service_name}"
            )
        return self._connection

    def start(self) -> None:
        """Connect."""
        self.connection.start()

    def stop(self) -> None:
        """Disconnect, after all workers have finished, and those who asked to."""
        for finish in self.finish_first:
            finish()
        self.connection.stop()

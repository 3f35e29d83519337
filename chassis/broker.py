"""The process's connection to the broker, and the names of what stands there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nameko.extensions import SharedExtension

from chassis.amqp.link import Link
from chassis.health import HealthServer

RPC_EXCHANGE = "nameko-rpc"
# Waiting rooms for events that failed: a message stays for the delay, then returns to its queue.
DELAYS = {1: "cabinet.delay.1s", 10: "cabinet.delay.10s", 60: "cabinet.delay.60s", 600: "cabinet.delay.600s"}
RETRY_AFTER = (1, 10, 60, 600)
# Far above any number of consumer deaths a healthy message may live through; a message that kills its consumer
# every time ends in the dead letters.
DELIVERY_LIMIT = 200
# Dead letters may hold personal data: they go after a month.
DEAD_KEPT_MS = 30 * 24 * 3600 * 1000


def event_exchange(service: str) -> str:
    """The exchange on which a service announces its events."""
    return f"{service}.events"


def subscription_queue(consumer: str, source: str, event: str) -> str:
    """The queue of a consumer for an event; never named after a method, so that code can be renamed."""
    return f"{consumer}.{source}.{event}"


def dead_queue(queue: str) -> str:
    """Where a queue's failures end."""
    return f"{queue}.dead"


def rpc_queue(service: str) -> str:
    """nameko's own name, so that its stock client finds the service."""
    return f"rpc-{service}"


def declare_delays(channel: Any) -> None:
    """The waiting rooms. A fanout keeps the routing key (the queue's name), which brings the message back."""
    for seconds, name in DELAYS.items():
        channel.exchange_declare(name, "fanout", durable=True, auto_delete=False)
        channel.queue_declare(
            name,
            durable=True,
            auto_delete=False,
            arguments={
                "x-queue-type": "quorum",
                "x-message-ttl": int(seconds * 1000),
                "x-dead-letter-exchange": "",
                # At most once would lose a message when the broker dies while it moves.
                "x-dead-letter-strategy": "at-least-once",
                "x-overflow": "reject-publish",
            },
        )
        channel.queue_bind(name, name, "")


def declare_subscription(
    channel: Any, consumer: str, source: str, event: str, *, lasting: bool = False
) -> None:
    """Exchange, queue, dead letters and waiting rooms of one subscription. ``lasting``: dead letters stay until
    somebody replays or drops them."""
    queue = subscription_queue(consumer, source, event)
    channel.exchange_declare(event_exchange(source), "topic", durable=True, auto_delete=False)
    declare_work_queue(channel, queue, lasting=lasting)
    channel.queue_bind(queue, event_exchange(source), event)
    declare_delays(channel)


def declare_work_queue(channel: Any, queue: str, *, lasting: bool = False) -> None:
    """A quorum queue whose poison ends in ``<queue>.dead``, for a month unless ``lasting``."""
    channel.queue_declare(
        dead_queue(queue),
        durable=True,
        auto_delete=False,
        arguments={
            "x-queue-type": "quorum",
            **({} if lasting else {"x-message-ttl": DEAD_KEPT_MS}),
            # Looking at a letter is a delivery, too: RabbitMQ 4 would drop it after 20 looks.
            "x-delivery-limit": 1_000_000,
        },
    )
    channel.queue_declare(
        queue,
        durable=True,
        auto_delete=False,
        arguments={
            "x-queue-type": "quorum",
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": dead_queue(queue),
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        },
    )


class BrokerConnection(SharedExtension):
    """The Link of the process on the internal vhost."""

    health = HealthServer()

    def __init__(self) -> None:
        self.finish_first: list[Callable[[], None]] = []

    def setup(self) -> None:
        """Make the link; whoever needs a channel makes it in its own ``setup``."""
        _ = self.link
        self.health.add_check("broker", lambda: self.link.up)

    @property
    def link(self) -> Link:
        """The link, made when first asked for (extensions are set up in no particular order)."""
        if getattr(self, "_link", None) is None:
            self._link = Link(self.container.config["AMQP_URI"], f"{self.container.service_name}")
        return self._link

    def start(self) -> None:
        """Connect."""
        self.link.start()

    def stop(self) -> None:
        """Disconnect, after all workers have finished, and those who asked to."""
        for finish in self.finish_first:
            finish()
        self.link.stop()

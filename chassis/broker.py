"""The process's connection to the broker, and the names of what stands there."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from amqp.exceptions import NotFound
from kombu.entity import Exchange, Queue, binding
from nameko.extensions import SharedExtension

from chassis.amqp.connecting import user_of
from chassis.amqp.shared_connection import SharedConnection
from chassis.health import HealthServer

RPC_EXCHANGE = "nameko-rpc"
# Topic exchanges: a service writes its own keys of the first two; only the broker, and who replays, the third. Through
# them events that failed wait, die, and come back; nobody needs the default exchange, which leads to every queue.
RETRY_EXCHANGE, DEAD_EXCHANGE, RETURN_EXCHANGE = "cabinet.retry", "cabinet.dead", "cabinet.return"
# Retry queues for events that failed: a message stays for the delay, then returns to its queue.
DELAYS = {1: "cabinet.delay.1s", 10: "cabinet.delay.10s", 60: "cabinet.delay.60s", 600: "cabinet.delay.600s"}
RETRY_AFTER = (1, 10, 60, 600)
# Far above any number of consumer deaths a healthy message may live through; a message that kills its consumer
# every time ends in the dead letters.
DELIVERY_LIMIT = 200
# Dead letters may hold personal data: they go after a month.
DEAD_KEPT_MS = 30 * 24 * 3600 * 1000


class TopologyMissingError(LookupError):
    """The broker lacks what deployment declares: ``python -m chassis.topology`` was not run, or not by this release."""


class Ways(NamedTuple):
    """The exchanges of a vhost by which messages die and come back, each with the queue as the key's end."""

    dead: str
    back: str


INSIDE = Ways(DEAD_EXCHANGE, RETURN_EXCHANGE)


def event_exchange_name(service: str) -> str:
    """The exchange on which a service announces its events."""
    return f"{service}.events"


def event_exchange(service: str) -> Exchange:
    """The same, to be declared."""
    return topic_exchange(event_exchange_name(service))


def topic_exchange(name: str, *, there: bool = False) -> Exchange:
    """A lasting exchange that looks at routing keys; ``there``: deployment has declared it."""
    return Exchange(name, "topic", durable=True, auto_delete=False, no_declare=there)


def subscription_queue(consumer: str, source: str, event: str) -> str:
    """The queue of a consumer for an event; never named after a method, so that code can be renamed."""
    return f"{consumer}.{source}.{event}"


def dead_queue(queue: str) -> str:
    """Where a queue's failures end."""
    return f"{queue}.dead"


def rpc_queue(service: str) -> str:
    """nameko's own name, so that its stock client finds the service."""
    return f"rpc-{service}"


def reply_queue(caller: str) -> str:
    """A queue of a process of its own, for replies; nobody can guess its name."""
    return f"{caller}.reply.{uuid.uuid4()}"


def retry_key(seconds: int, queue: str) -> str:
    """The key in RETRY_EXCHANGE with which a message waits so long, and then comes back to the queue."""
    return f"{seconds}.{queue}"


def replay_key(queue: str) -> str:
    """The key with which somebody puts a message back."""
    return f"replay.{queue}"


def letters_waiting(channel: Any, queue: str) -> int:
    """Dead letters behind a working queue. Raises NotFound where there is no place for them."""
    waiting: int = channel.queue_declare(dead_queue(queue), passive=True).message_count
    return waiting


def delay_queue(seconds: int) -> Queue:
    """A retry queue. What leaves it keeps its key, whose end is the queue it came from."""
    return Queue(
        DELAYS[seconds],
        topic_exchange(RETRY_EXCHANGE),
        routing_key=f"{seconds}.#",
        durable=True,
        auto_delete=False,
        queue_arguments={
            "x-queue-type": "quorum",
            "x-message-ttl": int(seconds * 1000),
            "x-dead-letter-exchange": RETURN_EXCHANGE,
            # At most once would lose a message when the broker dies while it moves.
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        },
    )


def dead_letter_queue(queue: str, *, lasting: bool = False, ways: Ways = INSIDE) -> Queue:
    """Where the failures of a queue end: for a month, or with ``lasting`` until somebody replays or drops them."""
    return Queue(
        dead_queue(queue),
        topic_exchange(ways.dead),
        routing_key=queue,
        durable=True,
        auto_delete=False,
        queue_arguments={
            "x-queue-type": "quorum",
            **({} if lasting else {"x-message-ttl": DEAD_KEPT_MS}),
            # Looking at a letter is a delivery, too: RabbitMQ 4 would drop it after 20 looks.
            "x-delivery-limit": 1_000_000,
        },
    )


def work_queue(
    queue: str, exchange: Exchange | None = None, routing_key: str = "", *, ways: Ways = INSIDE
) -> Queue:
    """A quorum queue whose poison ends in ``<queue>.dead``, and to which messages come back; bound to the exchange, if
    one is given."""
    bindings = [binding(topic_exchange(ways.back), f"*.{queue}")]
    if exchange is not None:
        bindings.append(binding(exchange, routing_key))
    return Queue(
        queue,
        bindings=bindings,
        durable=True,
        auto_delete=False,
        queue_arguments={
            "x-queue-type": "quorum",
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": ways.dead,
            "x-dead-letter-routing-key": queue,
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


def declare_work_queue(channel: Any, queue: Queue, *, lasting: bool = False, ways: Ways = INSIDE) -> None:
    """Its dead letters first: nothing may die before there is a place for it."""
    dead_letter_queue(queue.name, lasting=lasting, ways=ways).declare(channel=channel)
    queue.declare(channel=channel)


def declare_delays(channel: Any) -> None:
    """All retry queues, which are everybody's, and the exchanges around them."""
    for name in (RETRY_EXCHANGE, DEAD_EXCHANGE, RETURN_EXCHANGE):
        topic_exchange(name).declare(channel=channel)
    for seconds in DELAYS:
        delay_queue(seconds).declare(channel=channel)


def find(channel: Any, *, queues: Collection[str] = (), exchanges: Collection[str] = ()) -> None:
    """A look whether these are there, which needs no right. Raises TopologyMissingError with the first that is not."""
    for kind, names in (("queue", queues), ("exchange", exchanges)):
        for name in names:
            try:
                if kind == "queue":
                    channel.queue_declare(name, passive=True)
                else:
                    channel.exchange_declare(name, "topic", passive=True)
            except NotFound as error:
                raise TopologyMissingError(f"{kind} {name}") from error


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
    def user(self) -> str:
        """Whom the broker knows the process as."""
        return user_of(self.container.config["AMQP_URI"])

    @property
    def replayers(self) -> frozenset[str]:
        """Broker users of people who put dead letters back; what they send into RETURN_EXCHANGE is taken as it is."""
        found: frozenset[str] = self.container.config.get("broker_replayers", frozenset())
        return found

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

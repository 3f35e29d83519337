"""The bus as a test sees it: publish, look into queues, count."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import amqp

from chassis import context
from chassis.amqp import connecting
from chassis.amqp.channel import Outgoing, SharedChannel
from chassis.amqp.properties import encode_properties
from chassis.amqp.shared_connection import SharedConnection
from chassis.outbox import as_message, outbox_row
from chassis.rpc.client import RemoteService, RpcClient
from chassis.topology import declare_base
from contracts.events import Event
from tests.support_code.nodes import Nodes
from tests.support_code.waiting import PATIENCE


class Bus:
    """One connection of the test to this session's virtual host."""

    def __init__(self, nodes: Nodes, url: str = "") -> None:
        self._nodes = nodes
        self.url = url or nodes.amqp_url()
        self.connection = SharedConnection(self.url, "test")
        self._client = RpcClient(self.connection)
        self._publisher: SharedChannel = self.connection.channel(confirms=True)

    def start(self) -> None:
        """Connect."""
        with self.channel() as channel:
            declare_base(channel)
        assert self.connection.start(wait=PATIENCE)

    # --- services ---------------------------------------------------------------------------------------------

    def remote(self, service: str, deadline: float = PATIENCE) -> RemoteService:
        """A service to call."""
        return RemoteService(self._client, service, deadline)

    # --- events -----------------------------------------------------------------------------------------------

    def publish_event(self, event: Event, **headers: Any) -> str:
        """As the relay publishes it, into the exchange of its source; its id."""
        row = outbox_row(event)._asdict()
        row["headers"] = json.loads(row["headers"]) | headers
        with self.channel() as channel:
            channel.exchange_declare(row["exchange"], "topic", durable=True, auto_delete=False)
        self._publisher.publish_confirmed([as_message(row, event.source)])
        found: str = row["headers"]["cloudEvents:id"]
        return found

    def publish(
        self,
        exchange: str,
        routing_key: str,
        body: bytes,
        *,
        content_type: str | None = "application/json",
        headers: Mapping[str, Any] | None = None,
        **properties: Any,
    ) -> None:
        """Any message, confirmed."""
        self.publish_raw(
            exchange,
            routing_key,
            body,
            encode_properties(content_type=content_type, headers=headers, delivery_mode=2, **properties),
        )

    def publish_raw(self, exchange: str, routing_key: str, body: bytes, properties: bytes) -> None:
        """With properties encoded by the caller, however odd."""
        self._publisher.publish_confirmed([Outgoing(exchange, routing_key, properties, body)])

    # --- queues -----------------------------------------------------------------------------------------------

    @contextmanager
    def channel(self, url: str | None = None) -> Iterator[Any]:
        """A py-amqp channel for declarations and looks."""
        connection = connect(url or self.url)
        try:
            yield connection.channel()
        finally:
            connection.close()

    def depth(self, queue: str) -> int:
        """Messages ready in a queue; 0 if there is no such queue."""
        try:
            with self.channel() as channel:
                count: int = channel.queue_declare(queue, passive=True).message_count
                return count
        except amqp.NotFound:
            return 0

    def consumers(self, queue: str) -> int:
        """Consumers of a queue; 0 if there is no such queue."""
        try:
            with self.channel() as channel:
                count: int = channel.queue_declare(queue, passive=True).consumer_count
                return count
        except amqp.NotFound:
            return 0

    def take(self, queue: str) -> list[amqp.Message]:
        """All messages ready in a queue, removed from it."""
        found = []
        with self.channel() as channel:
            while (message := channel.basic_get(queue, no_ack=True)) is not None:
                found.append(message)
        return found

    def listen(self, exchange: str, routing_key: str = "#") -> str:
        """A queue of the test's own on an exchange, made now; its name."""
        with self.channel() as channel:
            channel.exchange_declare(exchange, "topic", durable=True, auto_delete=False)
            queue: str = channel.queue_declare(
                "", exclusive=False, auto_delete=False, arguments={"x-expires": 120_000}
            ).queue
            channel.queue_bind(queue, exchange, routing_key)
            return queue

    def delete(self, queue: str) -> None:
        """Take a queue away."""
        with self.channel() as channel:
            channel.queue_delete(queue)

    def unacknowledged(self, queue: str) -> int:
        """Deliveries in the hands of consumers, by the management API (some seconds late)."""
        found = self._nodes.management("GET", f"queues/{self._nodes.vhost}/{quote(queue, safe='')}")
        count: int = found.get("messages_unacknowledged", 0)
        return count


def connect(url: str) -> amqp.Connection:
    """A connection of its own, apart from that of the chassis."""
    made = connecting.connection(url, confirm_publish=True)
    made.connect()
    return made


@contextmanager
def calling(
    token: str = "", *, key: str = "", deadline: float = 0.0, request_id: str = "", traceparent: str = ""
) -> Iterator[None]:
    """Calls inside the block are made for this subject, with this idempotency key and deadline (epoch seconds)."""
    before = context.current()
    context.enter(context.CallContext(request_id, traceparent, deadline, token, key))
    try:
        yield
    finally:
        context.enter(before)

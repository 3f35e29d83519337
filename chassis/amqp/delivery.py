"""A message as it came from the broker."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from chassis.amqp.properties import decode_properties

MAX_SHARED, HAS_HEADERS = 100, 0x20


class Acknowledges(Protocol):
    """Where deliveries come from. ``generation`` is that of the connection a delivery came over."""

    def ack(self, tag: int, generation: int, *, multiple: bool = False) -> None:
        """Acknowledge it."""

    def nack(self, tag: int, generation: int, *, requeue: bool = True) -> None:
        """Refuse it."""


class Delivery:
    """A delivered message. Acknowledging one of an earlier connection does nothing: the broker sends it again."""

    __slots__ = (
        "_channel",
        "_generation",
        "_header",
        "_properties",
        "_settled",
        "body",
        "damaged",
        "exchange",
        "redelivered",
        "routing_key",
        "tag",
    )

    def __init__(
        self,
        channel: Acknowledges,
        generation: int,
        tag: int,
        redelivered: bool,
        exchange: str,
        routing_key: str,
        header: bytes,
        body: bytes,
    ) -> None:
        self._channel = channel
        self._generation = generation
        self._header = header
        self._properties: dict[str, Any] | None = None
        self._settled = False
        self.damaged = False
        self.tag = tag
        self.redelivered = redelivered
        self.exchange = exchange
        self.routing_key = routing_key
        self.body = body

    @property
    def properties(self) -> dict[str, Any]:
        """Decoded when first asked for. None at all, and ``damaged`` is set, if they can't be read."""
        if self._properties is None:
            try:
                self._properties = _properties(self._header)
            except Exception:
                # Outsiders choose the types, the sizes and the nesting.
                self._properties = {}
                self.damaged = True
        return self._properties

    @property
    def headers(self) -> dict[str, Any]:
        """The message's headers, empty if it has none."""
        found: dict[str, Any] = self.properties.get("headers") or {}
        return found

    def ack(self, *, multiple: bool = False) -> None:
        """Done with it (and, with ``multiple``, with all before it). Only the first ack or nack counts."""
        if not self._settled:
            self._settled = True
            self._channel.ack(self.tag, self._generation, multiple=multiple)

    def nack(self, *, requeue: bool = True) -> None:
        """Give it back."""
        if not self._settled:
            self._settled = True
            self._channel.nack(self.tag, self._generation, requeue=requeue)

    @staticmethod
    def ack_all(deliveries: Sequence[Delivery]) -> None:
        """Acknowledge deliveries that are all a channel has in hand up to the last one, in one frame."""
        deliveries[-1].ack(multiple=True)
        for delivery in deliveries:
            delivery._settled = True


def _properties(header: bytes) -> dict[str, Any]:
    # Without headers of its own a message's properties are those of thousands of others of its sender.
    if len(header) <= MAX_SHARED and not header[0] & HAS_HEADERS:
        return dict(_shared(header))
    return decode_properties(header, 0)


@lru_cache(maxsize=256)
def _shared(header: bytes) -> dict[str, Any]:
    return decode_properties(header, 0)


class Returned(NamedTuple):
    """A mandatory message that no queue would take."""

    code: int
    reason: str
    exchange: str
    routing_key: str
    header: bytes
    body: bytes

    @property
    def properties(self) -> dict[str, Any]:
        """Decoded."""
        return decode_properties(self.header, 0)

"""A message that can never be handled, on its way to the dead letters, and what it said of itself before."""

from __future__ import annotations

from chassis import context
from chassis.amqp.channel import Outgoing
from chassis.amqp.delivery import Delivery
from chassis.amqp.properties import PERSISTENT, encode_properties, printable
from chassis.broker import INSIDE, Ways

ROUTING_KEY, USER = "x-routing-key", "x-user-id"


def original(delivery: Delivery, name: str, now: str, back: str) -> str:
    """What a message said of itself before it was put aside: only who replays publishes over the exchange ``back``, so
    the headers of a message that came that way are our own."""
    if delivery.exchange == back:
        value = delivery.headers.get(name)
        return value if isinstance(value, str) else ""
    return now


class PoisonError(Exception):
    """This message can never be handled; ``str`` is the reason for the dead letters."""


def dead_letter(queue: str, delivery: Delivery, error: Exception, ways: Ways = INSIDE) -> Outgoing:
    """The letter of a message of the queue, with the reason."""
    return Outgoing(
        ways.dead,
        queue,
        encode_properties(
            content_type=printable(delivery.properties.get("content_type")),
            headers={
                "x-dead-reason": reason_of(error),
                # A replay comes from somebody else; these tell what the message was first.
                ROUTING_KEY: original(delivery, ROUTING_KEY, delivery.routing_key, ways.back),
                USER: original(delivery, USER, str(delivery.properties.get("user_id") or ""), ways.back),
                context.TRACEPARENT: context.new_traceparent(),
            },
            delivery_mode=PERSISTENT,
        ),
        delivery.body,
    )


def reason_of(error: Exception) -> str:
    """For the header and the log: no data of the message."""
    return str(error) if isinstance(error, PoisonError) else type(error).__name__

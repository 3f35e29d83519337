"""Head-end systems on the bus (bus.md, "Automated meter readings"): topology, reading a message, its answer."""

from __future__ import annotations

from typing import Any

import msgspec

from chassis.amqp.channel import Outgoing
from chassis.amqp.delivery import Delivery
from chassis.amqp.properties import PERSISTENT, encode_properties
from chassis.broker import Ways, declare_work_queue, topic_exchange, work_queue
from chassis.dead_letter import ROUTING_KEY, USER, PoisonError, original
from services.metering.adapters.ami_json import read_json
from services.metering.adapters.ami_xml import UnreadableError, read_xml
from services.metering.domain.entries import MeterBatch, with_key
from services.metering.domain.head_ends import TEST

EXCHANGE = "ami.readings"
RECEIPTS = "ami.receipts"
QUEUE = "ami.readings"
#: How messages of head ends die, and come back by an operator.
WAYS = Ways("ami.dead", "ami.replay")
# Of one transaction.
MAX_BATCHES = 1024

_RECEIPT = encode_properties(
    content_type="application/json", content_encoding="utf-8", delivery_mode=PERSISTENT
)


def declare_ami(channel: Any) -> None:
    """Exchanges for readings and receipts, and the queue with its dead letters."""
    topic_exchange(RECEIPTS).declare(channel=channel)
    declare_work_queue(channel, work_queue(QUEUE, topic_exchange(EXCHANGE), "#", ways=WAYS), ways=WAYS)


def read_batch(delivery: Delivery) -> tuple[str, MeterBatch]:
    """Provider and batch of a message. Raises PoisonError with the reason where it cannot be read or trusted.

    The broker has checked ``user_id`` against the connection, but only if it is set: without it anyone could speak
    for a head end.
    """
    key = original(delivery, ROUTING_KEY, delivery.routing_key, WAYS.back)
    provider, _, head_end = key.removesuffix(f".{TEST}").partition(".")
    properties = delivery.properties
    user = original(delivery, USER, str(properties.get("user_id") or ""), WAYS.back)
    if not provider or not head_end:
        raise PoisonError("routing_key")
    if user != head_end:
        raise PoisonError("user_id")
    batch = _read(properties.get("content_type"), delivery.body, head_end)
    if batch.head_end != head_end:
        raise PoisonError("head_end")
    return provider, batch._replace(test=True) if key.endswith(f".{TEST}") else batch


def _read(content_type: object, body: bytes, head_end: str) -> MeterBatch:
    kind = str(content_type or "").partition(";")[0].strip().lower()
    try:
        if kind == "application/json":
            batch = read_json(body)
        elif kind == "application/xml":
            batch = read_xml(body, head_end)
        else:
            raise PoisonError("content_type")
    except (msgspec.MsgspecError, UnicodeDecodeError, UnreadableError, RecursionError) as error:
        raise PoisonError("unreadable") from error
    return with_key(batch)


def receipt_message(head_end: str, receipt: str) -> Outgoing:
    """The answer to a batch."""
    return Outgoing(RECEIPTS, head_end, _RECEIPT, receipt.encode())

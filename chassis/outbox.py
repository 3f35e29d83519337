"""The outbox: events are rows of the transaction that caused them; after the commit the relay publishes them."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from chassis import context
from chassis.amqp.channel import Outgoing
from chassis.amqp.properties import PERSISTENT, encode_properties
from chassis.broker import event_exchange_name
from contracts.events import Event
from contracts.identifiers import new_id

APPEND = """
insert into outbox (aggregate, exchange, routing_key, headers, body)
select * from unnest(cast(:aggregates as text[]), cast(:exchanges as text[]), cast(:keys as text[]),
                     cast(:headers as jsonb[]), cast(:bodies as text[]))
"""


class OutboxRow(NamedTuple):
    """A message that waits for its publication."""

    aggregate: str
    exchange: str
    routing_key: str
    headers: str
    body: str


def outbox_row(event: Event) -> OutboxRow:
    """The row of an event, with CloudEvents attributes and the trace of the call that caused it."""
    call = context.current().child()
    event_id = new_id()
    headers: dict[str, Any] = {
        "cloudEvents:specversion": "1.0",
        "cloudEvents:id": event_id,
        # A stock nameko handler sees no headers but its context data.
        f"{context.STOCK}event_id": event_id,
        "cloudEvents:source": f"/{event.source}",
        "cloudEvents:type": f"{event.source}.{event.event_name()}.v{event.version}",
        "cloudEvents:time": datetime.now(UTC).isoformat(),
        "cloudEvents:subject": event.aggregate(),
        context.TRACEPARENT: call.traceparent,
    }
    if call.request_id:
        headers[context.REQUEST_ID] = call.request_id
    return OutboxRow(
        event.aggregate(),
        event_exchange_name(event.source),
        event.event_name(),
        msgspec.json.encode(headers).decode(),
        msgspec.json.encode(event).decode(),
    )


def append_parameters(rows: list[OutboxRow]) -> dict[str, list[str]]:
    """What APPEND takes to insert the rows."""
    aggregates, exchanges, keys, headers, bodies = map(list, zip(*rows, strict=True))
    return {
        "aggregates": aggregates,
        "exchanges": exchanges,
        "keys": keys,
        "headers": headers,
        "bodies": bodies,
    }


def as_message(row: Any, user: str) -> Outgoing:
    """The message of a row. The broker holds ``user`` against its sender, so that nobody can announce for another."""
    headers = row["headers"]
    return Outgoing(
        row["exchange"],
        row["routing_key"],
        encode_properties(
            content_type="application/json",
            content_encoding="utf-8",
            headers=headers,
            delivery_mode=PERSISTENT,
            message_id=headers["cloudEvents:id"],
            timestamp=int(time.time()),
            type=row["routing_key"],
            user_id=user,
        ),
        row["body"].encode(),
    )

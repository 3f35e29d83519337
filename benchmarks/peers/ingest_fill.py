"""Fills a queue, as a head end does: persistent messages of 48 values, ``user_id`` set."""

from __future__ import annotations

import amqp

from benchmarks import support
from benchmarks.peers.readings import days, message
from benchmarks.peers.rpc_bare import connect


def main(
    url: str, exchange: str, routing_key: str, head_end: str, user_id: str | None, messages: int
) -> None:
    """Publish, then wait until the broker has taken it all."""
    connection = connect(url)
    channel = connection.channel()
    properties = {"content_type": "application/json", "content_encoding": "utf-8", "delivery_mode": 2}
    if user_id:
        properties["user_id"] = user_id
    for day in days(messages):
        channel.basic_publish(
            amqp.Message(message(day, head_end), **properties), exchange=exchange, routing_key=routing_key
        )
    connection.close()  # answered behind all that was sent before
    support.report(messages=messages)


if __name__ == "__main__":
    main(**support.arguments())

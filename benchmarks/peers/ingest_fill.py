"""Fills a queue, as a head end does: persistent messages of 48 values or of one, ``user_id`` set."""

from __future__ import annotations

import amqp

from benchmarks import support
from benchmarks.peers.readings import days, message, singles
from benchmarks.peers.rpc_bare import connect


def main(
    url: str,
    exchange: str,
    routing_key: str,
    head_end: str,
    user_id: str | None,
    messages: int,
    kind: str = "days",
) -> None:
    """Publish, then wait until the broker has taken it all."""
    connection = connect(url)
    channel = connection.channel()
    # Without confirms a broker may drop what a channel that closes has not handed on yet.
    confirmed = 0

    def on_confirm(tag: int, multiple: bool) -> None:
        nonlocal confirmed
        confirmed = max(confirmed, tag) if multiple else confirmed + 1

    channel.confirm_select()
    channel.events["basic_ack"].add(on_confirm)
    properties = {"content_type": "application/json", "content_encoding": "utf-8", "delivery_mode": 2}
    if user_id:
        properties["user_id"] = user_id
    bodies = (
        (message(day, head_end) for day in days(messages))
        if kind == "days"
        else singles(messages, head_end, kind)
    )
    for body in bodies:
        channel.basic_publish(amqp.Message(body, **properties), exchange=exchange, routing_key=routing_key)
    while confirmed < messages:
        connection.drain_events(timeout=60)
    connection.close()
    support.report(messages=messages)


if __name__ == "__main__":
    main(**support.arguments())

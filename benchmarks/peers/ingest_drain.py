"""The limit of py-amqp as it comes: it takes a queue's messages, acknowledges each, and does nothing else; or, with a
``routing_key``, publishes a receipt's worth for each, too, and waits for no confirm."""

from __future__ import annotations

import time
from collections import deque
from typing import Any

import amqp

from benchmarks import support
from benchmarks.peers.rpc_bare import connect

PREFETCH = 1_000


ANSWER = b"x" * 105


def main(url: str, queue: str, messages: int, exchange: str = "", routing_key: str = "") -> None:
    """Until all are taken."""
    support.report(ready=True)
    support.wait_until_told()
    began = time.time()
    support.report(began=began)
    connection = connect(url)
    channel = connection.channel()
    channel.basic_qos(0, PREFETCH, False)
    # Not answered inside the callback: a publish of py-amqp looks for what has come, and would call it again.
    waiting: deque[Any] = deque()
    channel.basic_consume(queue, callback=waiting.append)
    came = 0
    while came < messages:
        if not waiting:
            connection.drain_events()
            continue
        tag = waiting.popleft().delivery_tag
        if routing_key:
            channel.basic_publish(amqp.Message(ANSWER, delivery_mode=2), exchange, routing_key)
        channel.basic_ack(tag)
        came += 1
    support.report(took=time.time() - began)
    connection.close()


if __name__ == "__main__":
    main(**support.arguments())

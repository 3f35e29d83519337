"""The limit of py-amqp: an echo over direct reply-to with nothing around it, no greenlets, nothing to decode."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp

from benchmarks import support
from benchmarks.peers.payload import ANSWER, REQUEST, SERVICE, WARM_UP

QUEUE = f"{SERVICE}_bare"
REPLIES = "amq.rabbitmq.reply-to"


def connect(url: str, read_timeout: float | None = None) -> amqp.Connection:
    """A plain connection; with ``read_timeout`` it does not wait for ever."""
    parts = urlsplit(url)
    connection = amqp.Connection(
        f"{parts.hostname}:{parts.port}",
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        virtual_host=unquote(parts.path[1:]),
        read_timeout=read_timeout,
    )
    connection.connect()
    return connection


def serve(url: str, workers: int) -> None:
    """Until the end of the process."""
    connection = connect(url)
    channel = connection.channel()
    channel.queue_declare(QUEUE, auto_delete=True)
    body = json.dumps(ANSWER).encode()

    def on_request(request: Any) -> None:
        channel.basic_publish(amqp.Message(body), routing_key=request.properties["reply_to"])

    channel.basic_consume(QUEUE, no_ack=True, callback=on_request)
    support.report(ready=True)
    while True:
        connection.drain_events()


def call(url: str, sequential: int, calls: int, in_flight: int) -> None:
    """Measure."""
    connection = connect(url)
    channel = connection.channel()
    body = json.dumps(REQUEST).encode()
    came = 0

    def on_reply(_: Any) -> None:
        nonlocal came
        came += 1

    def many(count: int, window: int) -> None:
        nonlocal came
        came = sent = 0
        while came < count:
            while sent < count and sent - came < window:
                channel.basic_publish(amqp.Message(body, reply_to=REPLIES), routing_key=QUEUE)
                sent += 1
            connection.drain_events()

    channel.basic_consume(REPLIES, no_ack=True, callback=on_reply)
    many(WARM_UP, in_flight)
    times = []
    for _ in range(sequential):
        began = time.perf_counter()
        many(1, 1)
        times.append(time.perf_counter() - began)
    began = time.perf_counter()
    many(calls, in_flight)
    support.report(p50_ms=statistics.median(times) * 1000, calls_per_s=calls / (time.perf_counter() - began))
    connection.close()


if __name__ == "__main__":
    given = support.arguments()
    roles: dict[str, Callable[..., Any]] = {"serve": serve, "call": call}
    roles[given.pop("role")](**given)

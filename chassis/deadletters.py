"""Looks after dead letters: ``python -m chassis.deadletters list | show QUEUE | replay QUEUE [ID] | drop QUEUE [ID]``.

AMQP_URL names the broker, OUTSIDE_AMQP_URL its vhost for outsiders, both for a user of whom services take replays
(BROKER_REPLAYERS). QUEUE is the working queue (without ``.dead``).
``show`` prints metadata and reason, and the body only with ``--body``, since it may hold personal data.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import amqp
from amqp.exceptions import NotFound

from chassis.amqp.connecting import connection, user_of
from chassis.broker import INSIDE, Ways, dead_queue, letters_waiting, replay_key, subscription_queue
from chassis.subscriptions import FIRST_FAILED, REASON, RETRY

SHOW_MOST = 10_000


@contextmanager
def _channel(url: str) -> Iterator[Any]:
    open_one = connection(url, confirm_publish=True)
    open_one.connect()
    try:
        yield open_one.channel()
    finally:
        open_one.close()


def _letters(channel: Any, queue: str) -> Iterator[Any]:
    """Every letter there now, unacknowledged: what is not acknowledged goes back when the channel closes.

    Counted first: a replayed letter that fails again comes back behind them, and must not be replayed in a circle.
    """
    waiting = letters_waiting(channel, queue)
    for _ in range(min(waiting, SHOW_MOST)):
        message = channel.basic_get(dead_queue(queue))
        if message is None:
            return
        yield message


def _id(message: Any) -> str:
    return str(message.properties.get("message_id") or message.delivery_tag)


def count(url: str, queues: list[str]) -> dict[str, int]:
    """Letters waiting, by working queue; queues without any are left out."""
    found = {}
    for queue in queues:
        with _channel(url) as channel:
            try:
                waiting = letters_waiting(channel, queue)
            except NotFound:
                continue
            if waiting:
                found[queue] = waiting
    return found


def show(url: str, queue: str, body: bool = False) -> list[dict[str, Any]]:
    """Id, reason, tries, trace and size of each letter."""
    with _channel(url) as channel:
        found = []
        for message in _letters(channel, queue):
            headers = message.headers or {}
            raw = message.body.encode() if isinstance(message.body, str) else message.body
            letter = {
                "id": _id(message),
                "reason": headers.get(REASON) or _broker_reason(headers),
                "retries": headers.get(RETRY, 0),
                "first_failed_at": headers.get(FIRST_FAILED),
                "traceparent": headers.get("traceparent"),
                "type": message.properties.get("type"),
                "bytes": len(raw),
            }
            if body:
                letter["body"] = raw.decode("utf-8", "replace")
            found.append(letter)
        return found


def replay(url: str, queue: str, only: str | None = None, ways: Ways = INSIDE) -> int:
    """Put letters back into their queue with a fresh count of tries; the number put back."""
    return _take(url, queue, only, ways.back)


def drop(url: str, queue: str, only: str | None = None) -> int:
    """Delete letters; the number deleted."""
    return _take(url, queue, only, None)


def _take(url: str, queue: str, only: str | None, back: str | None) -> int:
    taken = 0
    with _channel(url) as channel:
        for message in _letters(channel, queue):
            if only is not None and _id(message) != only:
                continue
            if back is not None:
                headers = {
                    name: value
                    for name, value in (message.headers or {}).items()
                    if name not in (RETRY, REASON, FIRST_FAILED)
                    and not name.startswith("x-death")
                    and not name.startswith("x-first-death")
                    and not name.startswith("x-last-death")
                    and name != "x-delivery-count"
                }
                # Whoever puts it back sends it: consumers take their word for it.
                properties = {
                    **message.properties,
                    "application_headers": headers,
                    "delivery_mode": 2,
                    "user_id": user_of(url),
                }
                raw = message.body.encode() if isinstance(message.body, str) else message.body
                channel.basic_publish(
                    amqp.Message(raw, **properties), exchange=back, routing_key=replay_key(queue)
                )
            channel.basic_ack(message.delivery_tag)
            taken += 1
    return taken


def _broker_reason(headers: dict[str, Any]) -> str:
    deaths = headers.get("x-death") or []
    return f"broker: {deaths[0].get('reason')}" if deaths else "unknown"


def main(arguments: list[str]) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m chassis.deadletters", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list")
    shown = commands.add_parser("show")
    shown.add_argument("queue")
    shown.add_argument("--body", action="store_true")
    for name in ("replay", "drop"):
        command = commands.add_parser(name)
        command.add_argument("queue")
        command.add_argument("id", nargs="?")
    options = parser.parse_args(arguments)
    # Importing the services is what tells which queues there are.
    from chassis.topology import outside_batches, subscriptions

    url, outside = os.environ["AMQP_URL"], os.environ.get("OUTSIDE_AMQP_URL", "")
    if options.command == "list":
        found = count(url, [subscription_queue(*item) for item in subscriptions()])
        if outside:
            found |= count(outside, sorted(outside_batches()))
        for queue, waiting in found.items():
            print(f"{waiting}\t{queue}")
        return 0
    ways = INSIDE
    if outside and options.queue in (batches := outside_batches()):
        url, ways = outside, batches[options.queue].ways
    if options.command == "show":
        for letter in show(url, options.queue, options.body):
            print(json.dumps(letter, ensure_ascii=False))
    elif options.command == "replay":
        print(f"{replay(url, options.queue, options.id, ways)} put back")
    else:
        print(f"{drop(url, options.queue, options.id)} dropped")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

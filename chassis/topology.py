"""Declares every exchange and queue that the services' code asks for: ``python -m chassis.topology``.

Run at deployment, as a user of its own, before any process starts: those have no right to declare, and only look
whether what they need is there. AMQP_URL names the broker, OUTSIDE_AMQP_URL its vhost for outsiders. ``--list`` prints
the queues without touching a broker.
"""

from __future__ import annotations

import argparse
import inspect
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from amqp.exceptions import AMQPError

from chassis.amqp.connecting import connection
from chassis.broker import (
    RPC_EXCHANGE,
    declare_delays,
    declare_subscription,
    event_exchange,
    subscription_queue,
    topic_exchange,
)

ROOT = Path(__file__).resolve().parent.parent


def service_classes() -> Iterator[Any]:
    """Every service class under services/."""
    for folder in sorted((ROOT / "services").iterdir()):
        if not (folder / "service.py").exists():
            continue
        module = f"services.{folder.name}.service"
        for value in vars(import_module(module)).values():
            if inspect.isclass(value) and value.__module__ == module and getattr(value, "name", None):
                yield value


def entrypoints_of(service: Any) -> Iterator[Any]:
    """What a service class listens to: subscriptions, batches, RPCs, jobs."""
    from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR

    for _, method in inspect.getmembers(service, inspect.isfunction):
        yield from getattr(method, ENTRYPOINT_EXTENSIONS_ATTR, ())


def subscriptions() -> list[tuple[str, str, str]]:
    """(consumer, source, event) of every subscription in the code."""
    return sorted(lasting_by_subscription())


def lasting_by_subscription() -> dict[tuple[str, str, str], bool]:
    """Is it lasting (its dead letters never expire)? By the same."""
    from chassis.subscriptions import Subscription

    return {
        (service.name, one.source, one.event): one.lasting
        for service in service_classes()
        for one in entrypoints_of(service)
        if isinstance(one, Subscription)
    }


def outside_batches() -> dict[str, Any]:
    """Queues on the outsiders' vhost that the code consumes in batches, with their entrypoints."""
    from chassis.batches import Batches

    return {
        one.queue_name: one
        for service in service_classes()
        for one in entrypoints_of(service)
        if isinstance(one, Batches)
    }


def declare_service(service: Any, channel: Any, outside: Any = None) -> int:
    """What a service needs: its exchange of events, the queues of its subscriptions and batches; their number.
    ``outside`` is a channel of the outsiders' vhost."""
    from chassis.batches import Batches
    from chassis.subscriptions import Subscription

    event_exchange(service.name).declare(channel=channel)
    declared = 0
    for one in entrypoints_of(service):
        if isinstance(one, Subscription):
            declare_subscription(channel, service.name, one.source, one.event, lasting=one.lasting)
            declared += 1
        elif isinstance(one, Batches) and outside is not None:
            one.declare(outside)
            declared += 1
    return declared


def declare_base(channel: Any) -> None:
    """What all processes need, whatever their services: the exchange of RPC, and ways for events to wait and to die."""
    topic_exchange(RPC_EXCHANGE).declare(channel=channel)
    declare_delays(channel)


def declare_all(url: str, outside_url: str = "") -> int:
    """Declare on the broker; the number of subscriptions and batches."""
    with _channel(url) as channel, _channel(outside_url) as outside:
        declare_base(channel)
        return sum(declare_service(service, channel, outside) for service in service_classes())


@contextmanager
def _channel(url: str) -> Iterator[Any]:
    """None without an address."""
    if not url:
        yield None
        return
    with connection(url) as open_one:
        yield open_one.channel()


def main(arguments: list[str]) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m chassis.topology", description=__doc__)
    parser.add_argument("--list", action="store_true", help="print the queues of subscriptions")
    parser.add_argument("--wait", type=float, default=0.0, help="seconds for the broker to come up")
    options = parser.parse_args(arguments)
    if options.list:
        for subscription in subscriptions():
            print(subscription_queue(*subscription))
        return 0
    # Importing the services takes as long as a broker to come up: both at a time.
    service_classes_found = list(service_classes())
    until = time.monotonic() + options.wait
    while True:
        try:
            declared = declare_all(os.environ["AMQP_URL"], os.environ.get("OUTSIDE_AMQP_URL", ""))
        except (OSError, AMQPError):
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            print(f"{declared} queues of {len(service_classes_found)} services declared")
            return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Declares every exchange and queue that the services' code asks for: ``python -m chassis.topology``.

Run at deployment, before any producer starts, so that no event is published into the void. Each service declares
its own part again at its start. ``--list`` prints the queues without touching a broker.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from chassis.amqp.connecting import connection
from chassis.broker import declare_subscription, event_exchange, subscription_queue

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


def subscriptions() -> list[tuple[str, str, str]]:
    """(consumer, source, event) of every subscription in the code."""
    return sorted(lasting_by_subscription())


def lasting_by_subscription() -> dict[tuple[str, str, str], bool]:
    """Is it lasting (its dead letters never expire)? By the same."""
    from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR

    from chassis.subscriptions import Subscription

    found = {}
    for service in service_classes():
        for _, method in inspect.getmembers(service, inspect.isfunction):
            for entrypoint in getattr(method, ENTRYPOINT_EXTENSIONS_ATTR, ()):
                if isinstance(entrypoint, Subscription):
                    found[service.name, entrypoint.source, entrypoint.event] = entrypoint.lasting
    return found


def outside_queues() -> list[str]:
    """Queues on the outsiders' vhost that the code consumes in batches."""
    from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR

    from chassis.batches import Batches

    return sorted(
        entrypoint.queue_name
        for service in service_classes()
        for _, method in inspect.getmembers(service, inspect.isfunction)
        for entrypoint in getattr(method, ENTRYPOINT_EXTENSIONS_ATTR, ())
        if isinstance(entrypoint, Batches)
    )


def declare_all(url: str) -> int:
    """Declare on the broker; the number of subscriptions."""
    wanted = lasting_by_subscription()
    with connection(url) as open_one:
        channel = open_one.channel()
        for service in service_classes():
            event_exchange(service.name).declare(channel=channel)
        for (consumer, source, event), lasting in sorted(wanted.items()):
            declare_subscription(channel, consumer, source, event, lasting=lasting)
    return len(wanted)


if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        for subscription in subscriptions():
            print(subscription_queue(*subscription))
    else:
        print(f"{declare_all(os.environ['AMQP_URL'])} subscriptions declared")

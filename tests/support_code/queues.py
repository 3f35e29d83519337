"""Queues outlive the tests that declared them: what came for a service since is nothing to the next test of it."""

from __future__ import annotations

import inspect
from typing import Any

from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR

from chassis.broker import subscription_queue
from chassis.subscriptions import Subscription
from tests.support_code.bus import Bus


class Queues:
    """The event queues that services of this session have declared."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._declared: set[str] = set()

    def empty(self, service: Any) -> None:
        """Throw away what waits for a service; its queues stay."""
        known = sorted(self._of(service) & self._declared)
        if known:
            with self._bus.channel() as channel:
                for queue in known:
                    channel.queue_purge(queue)

    def note(self, service: Any) -> None:
        """The service runs: its queues are there."""
        self._declared |= self._of(service)

    @staticmethod
    def _of(service: Any) -> set[str]:
        return {
            subscription_queue(service.name, entrypoint.source, entrypoint.event)
            for _, method in inspect.getmembers(service, inspect.isfunction)
            for entrypoint in getattr(method, ENTRYPOINT_EXTENSIONS_ATTR, ())
            if isinstance(entrypoint, Subscription)
        }

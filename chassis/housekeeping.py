"""Forgets inbox ids and idempotency keys that nobody may count on any more. Harmless when several replicas do it."""

from __future__ import annotations

import random

import eventlet
import structlog
from nameko.extensions import SharedExtension

from chassis import idempotency, inbox
from chassis.database import DatabaseConnection

log = structlog.get_logger(__name__)

EVERY = 3600.0


class Housekeeping(SharedExtension):
    """Runs hourly, beginning some time in the first hour."""

    connection = DatabaseConnection()

    def start(self) -> None:
        """Begin."""
        self._task = self.container.spawn_managed_thread(self._loop, identifier="housekeeping")

    def stop(self) -> None:
        """End."""
        self._task.kill()

    def _loop(self) -> None:
        eventlet.sleep(random.uniform(60, EVERY))
        while True:
            try:
                with self.connection.database.transaction() as tx:
                    count = inbox.forget_old(tx) + idempotency.forget_old(tx)
                log.info("forgotten", count=count)
            except Exception as error:
                log.warning("housekeeping_delayed", error=type(error).__name__)
            eventlet.sleep(EVERY)

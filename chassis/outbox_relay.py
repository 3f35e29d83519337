"""Publishes the outbox.

One replica at a time relays (an advisory lock), in the order of the rows, with publisher confirms; a row is deleted
only after its confirm. A relay that dies in between publishes again: consumers know events by their id.
"""

from __future__ import annotations

from typing import Any

import eventlet
import structlog
from nameko.extensions import SharedExtension

from chassis import metrics
from chassis.backoff import Backoff
from chassis.broker import BrokerConnection, event_exchange_name, find
from chassis.database import DatabaseConnection
from chassis.outbox import as_message
from chassis.wakeup import Wakeup, until_beat

log = structlog.get_logger(__name__)

BATCH = 500
LOOK_EVERY = 10.0  # rows left by a replica that died, without anyone to wake us
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 1.0  # while another replica relays
LOCK = 0x6F7574626F78  # "outbox"

WAITING = "select exists (select from outbox)"
NEXT = "select id, exchange, routing_key, headers, body from outbox order by id limit :batch"
DELETE = "delete from outbox where id = any(:ids)"


class OutboxRelay(SharedExtension):
    """Publishes this service's outbox. Woken by the commit, and looks every few seconds besides."""

    broker = BrokerConnection()
    connection = DatabaseConnection()

    def setup(self) -> None:
        """A channel with confirms."""
        service = self.container.service_name

        def declare(channel: Any) -> None:
            find(channel, exchanges=[event_exchange_name(service)])

        self._channel = self.broker.connection.channel(confirms=True, declare=declare)
        self._wakeup = Wakeup()
        self._stopping = False
        self.connection.database.on_outbox_written.append(self.wake)
        self.broker.finish_first.append(self.stop)
        self.connection.finish_first.append(self.stop)

    def start(self) -> None:
        """Begin to relay."""
        self._task = self.container.spawn_managed_thread(self._relay, identifier="outbox relay")

    def stop(self) -> None:
        """Publish what is there, then stop: before the connections do."""
        self._stopping = True
        self.wake()
        with eventlet.Timeout(5, False):
            self._task.wait()

    def wake(self) -> None:
        """There is something to publish."""
        self._wakeup.wake()

    def _relay(self) -> None:
        pauses = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        while True:
            # Read before the look: a commit during the look deserves another one.
            stopping = self._stopping
            try:
                taken = self.publish_once()
            except Exception as error:
                log.warning("outbox_delayed", error=type(error).__name__)
                if stopping:
                    return
                eventlet.sleep(0.3)
                continue
            if taken:
                pauses.reset()
            elif stopping:
                return
            elif taken is None and self._waiting():
                # Another replica relays and may have looked before our commit: look again shortly.
                eventlet.sleep(pauses.next())
            else:
                pauses.reset()
                while not self._wakeup.wait(until_beat(LOOK_EVERY)) and not self._waiting():
                    pass

    def _waiting(self) -> bool:
        """Are there rows? One look without a transaction, for where mostly there are none."""
        try:
            with self.connection.database.snapshot() as tx:
                return bool(tx.value(WAITING))
        except Exception as error:
            log.warning("outbox_delayed", error=type(error).__name__)
            return False

    def publish_once(self) -> int | None:
        """Publish one batch: the number of rows, or None where another replica is at it."""
        with self.connection.database.transaction() as transaction:
            if not transaction.value("select pg_try_advisory_xact_lock(:lock)", lock=LOCK):
                return None
            rows = transaction.rows(NEXT, batch=BATCH)
            metrics.OUTBOX_WAITING.set(len(rows))
            if not rows:
                return 0
            self._channel.publish_confirmed([as_message(row, self.broker.user) for row in rows])
            transaction.run(DELETE, ids=[row["id"] for row in rows])
        metrics.OUTBOX_PUBLISHED.inc(len(rows))
        return len(rows)

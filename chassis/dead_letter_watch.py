"""Tells operations when more letters lie dead behind a queue than anybody should leave lying.

A look at the queue's length costs a connection, so one follows a burst of letters; while none dies nothing is done.
"""

from __future__ import annotations

from typing import Any

import eventlet
import structlog

from chassis import metrics
from chassis.alarms import alarm
from chassis.amqp import connecting
from chassis.broker import letters_waiting

log = structlog.get_logger(__name__)

#: Seconds from the first letter of a burst to the look; and of patience with the broker.
LOOK_AFTER, PATIENCE = 10.0, 5.0


class DeadLetterWatch:
    """Of one queue. ``limit``: letters waiting from which on there is an alarm ``dead_letters``, once until they are
    fewer again. Letters that the broker itself buried are counted with the next one of ours."""

    def __init__(self, url: str, queue: str, limit: int) -> None:
        self._url = url
        self._queue = queue
        self._limit = limit
        self._look: Any = None
        self._told = False

    def one_more(self) -> None:
        """A letter was put there."""
        if self._look is None:
            self._look = eventlet.spawn_after(LOOK_AFTER, self._count)

    def _count(self) -> None:
        # From here on a letter may come too late for this look.
        self._look = None
        try:
            waiting = self._waiting()
        except Exception as error:
            # The next letter leads to the next look.
            log.warning("dead_letters_not_counted", queue=self._queue, error=type(error).__name__)
            return
        metrics.DEAD_LETTERS.labels(self._queue).set(waiting)
        if waiting < self._limit:
            self._told = False
        elif not self._told:
            self._told = True
            alarm("dead_letters", queue=self._queue, waiting=waiting)

    def _waiting(self) -> int:
        connection = connecting.connection(
            self._url, connect_timeout=PATIENCE, read_timeout=PATIENCE, write_timeout=PATIENCE
        )
        try:
            connection.connect()
            return letters_waiting(connection.channel(), self._queue)
        finally:
            connection.collect()

"""One waits for a time, or until somebody wakes it."""

from __future__ import annotations

import eventlet
from eventlet.event import Event as GreenEvent


class Wakeup:
    """For one greenlet that waits, and any number that wake it. A wake that comes while it does not wait is kept: it
    ends the next wait at once, so that what was done meanwhile is not missed."""

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event = GreenEvent()

    def wake(self) -> None:
        """There is something to do."""
        if not self._event.ready():
            self._event.send(None)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait; True if somebody woke it, False if the time was up first."""
        with eventlet.Timeout(seconds, False):
            self._event.wait()
        woken: bool = self._event.ready()
        self._event = GreenEvent()
        return woken

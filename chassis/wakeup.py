"""One waits for a time, or until somebody wakes it."""

from __future__ import annotations

import random
import time

import eventlet
from eventlet.event import Event as GreenEvent

#: Replicas of a service do not beat together: a hundred of them at once would be felt by the database.
_PHASE = random.uniform(0, 3600)


def until_beat(every: float) -> float:
    """The seconds until this process's next beat of that period.

    What only looks now and then waits for a beat, so that all of it looks at the same moment: an idle process is
    woken once for everything, and what a process needs in order to look is in the processor's caches once.
    """
    left = every - (time.monotonic() + _PHASE) % every
    # A timer that fires a little early must not look twice.
    return left if left > every / 10 else left + every


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

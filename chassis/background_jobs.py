"""BackgroundJobs: calls to the outside that a transaction asked for, carried out after it, outside any transaction.

The rows are the service's own: it claims a few under a lease, calls, and notes the result. A lease that runs out
(its process died) lets another process repeat the call, so what is called must know repeats by an id; whoever lost it
must change nothing any more. A commit that notified the topic starts them at once. Besides, a process looks when the
next row is due, and every few seconds for rows that others left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol

import eventlet
import structlog
from nameko.extensions import DependencyProvider

from chassis import context
from chassis.contexts import context_of
from chassis.database import DatabaseConnection
from chassis.wakeup import Wakeup, until_beat

log = structlog.get_logger(__name__)

LOOK_EVERY = 10.0
SHORTEST_PAUSE = 0.05
FINISH_WITHIN = 20.0  # of the seconds that a process has after it was told to stop


class BackgroundJob(Protocol):
    """A service's own part. ``lanes``: how many calls at once, by lane, so that a slow lane never holds another."""

    @property
    def topic(self) -> str: ...
    @property
    def lanes(self) -> Mapping[str, int]: ...

    def claim(self, lane: str, most: int) -> Sequence[Any]:
        """Lease some rows whose time has come, in a transaction of its own."""

    def next_due(self, lane: str) -> float | None:
        """Seconds until the next row of the lane is due (zero or less: it is), None where there is none. Asked without
        a transaction, and often in vain: it must be cheap."""

    def carry_out(self, item: Any) -> None:
        """Call the outside, then note the result in a transaction of its own."""


class BackgroundJobs(DependencyProvider):
    """``sending = BackgroundJobs(factory)``: the factory makes a job of the container's configuration and a context of
    the kind that the service declares."""

    connection = DatabaseConnection()

    def __init__(self, factory: Callable[[dict[str, Any], Any], BackgroundJob]) -> None:
        self._factory = factory

    def setup(self) -> None:
        """Make the job and listen for its topic."""
        database = self.connection.database
        self._job_kind = self._factory(self.container.config, context_of(self.container, database))
        self._lanes = {
            name: _Lane(name, width, self._job_kind) for name, width in self._job_kind.lanes.items()
        }
        database.on_notified.setdefault(self._job_kind.topic, []).append(self.wake)

    def start(self) -> None:
        """Begin."""
        for name, lane in self._lanes.items():
            self.container.spawn_managed_thread(lane.run, identifier=f"background_jobs {name}")

    def stop(self) -> None:
        """Claim no more; calls under way may finish, else they would be repeated elsewhere."""
        for lane in self._lanes.values():
            lane.stopping = True
            lane.wake()
        with eventlet.Timeout(FINISH_WITHIN, False):
            for lane in self._lanes.values():
                lane.pool.waitall()

    def kill(self) -> None:
        """As if the process were gone."""
        for lane in self._lanes.values():
            lane.stopping = True
            for call in list(lane.pool.coroutines_running):
                call.kill()

    def wake(self) -> None:
        """There may be something to do."""
        for lane in self._lanes.values():
            lane.wake()

    def get_dependency(self, worker_ctx: Any) -> BackgroundJob:
        """The job."""
        return self._job_kind


class _Lane:
    """Claims as many rows as it has hands free."""

    def __init__(self, name: str, width: int, background_job: BackgroundJob) -> None:
        self.name = name
        self.pool = eventlet.GreenPool(width)
        self.stopping = False
        self._job_kind = background_job
        self._wakeup = Wakeup()

    def wake(self) -> None:
        """Look now."""
        self._wakeup.wake()

    def run(self) -> None:
        """Until told to stop."""
        while not self.stopping:
            free = self.pool.free()
            try:
                claimed = self._job_kind.claim(self.name, free) if free else ()
                for item in claimed:
                    self.pool.spawn_n(partial(self._carry_out, item))
                if free and len(claimed) == free:
                    continue  # there may be more; without a free hand it waits below
                self._rest()
            except Exception as error:
                log.warning("background_jobs_delayed", job=self.name, error=type(error).__name__)
                eventlet.sleep(0.5)

    def _rest(self) -> None:
        """Until it is woken, or a row is due."""
        while not self.stopping:
            # Without a free hand there is nothing to look for; who gets one free wakes it.
            due = self._job_kind.next_due(self.name) if self.pool.free() else None
            if due is not None and due <= 0:
                # Not at once: where all due rows are in the hands of others this would go round and round.
                self._wakeup.wait(SHORTEST_PAUSE)
                return
            beat = until_beat(LOOK_EVERY)
            if self._wakeup.wait(beat if due is None else min(beat, max(due, SHORTEST_PAUSE))):
                return

    def _carry_out(self, item: Any) -> None:
        context.enter(context.CallContext(traceparent=context.new_traceparent()))
        try:
            self._job_kind.carry_out(item)
        except Exception:
            # Not noted: the lease runs out and it is tried again.
            log.error("background_job_failed", job=self.name, exc_info=True)
        finally:
            if self.pool.free() == 0:
                eventlet.spawn_n(self.wake)  # once this hand is free


@contextmanager
def within(seconds: float, otherwise: Exception) -> Iterator[None]:
    """Raise ``otherwise`` in the block once the seconds are over, whatever it waits for."""
    with eventlet.Timeout(seconds, otherwise):
        yield

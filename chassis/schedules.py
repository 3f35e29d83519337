"""Jobs that run by the clock, once among all replicas: whoever claims the job's row runs it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import eventlet
import structlog
from eventlet.event import Event as GreenEvent
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import Entrypoint

from chassis import context, metrics
from chassis.database import DatabaseConnection

log = structlog.get_logger(__name__)

LOOK_EVERY = 1.0
RETRY_AFTER = timedelta(seconds=30)

REGISTER = """
insert into schedule (job, next_run_at) values (:job, :now) on conflict do nothing
"""
# A clock that was set back (a demo) leaves rows in the future: more than two intervals ahead counts as due.
CLAIM = """
update schedule set lease_until = now() + :lease
where job = :job and (next_run_at <= :now or next_run_at > :now + 2 * cast(:every as interval))
and (lease_until is null or lease_until < now())
"""
FINISH = """
update schedule set lease_until = null, last_run_at = :now, next_run_at = :next, last_outcome = :outcome
where job = :job
"""


class Schedule(Entrypoint):
    """Runs a method every so often. The lease ends a claim whose replica died."""

    connection = DatabaseConnection()
    expected_exceptions = Exception

    def __init__(self, every: timedelta, lease: timedelta = timedelta(minutes=10)) -> None:
        self._every = every
        self._lease = lease

    def setup(self) -> None:
        """The job is named after the method."""
        self._job = self.method_name
        self._clock = self.container.config["clock"]
        self._busy = self._stopping = False

    def start(self) -> None:
        """Begin to look."""
        self._task = self.container.spawn_managed_thread(self._loop, identifier=f"schedule {self._job}")

    def stop(self) -> None:
        """Look no more. A running job is finished and noted, else its lease would keep the others from it."""
        self._stopping = True
        if self._busy:
            self._task.wait()
        else:
            self._task.kill()

    def _loop(self) -> None:
        registered = False
        while not self._stopping:
            self._busy = True
            try:
                if not registered:
                    with self.connection.database.transaction() as tx:
                        tx.run(REGISTER, job=self._job, now=self._clock.now())
                    registered = True
                if self._claim():
                    self._run()
            except ContainerBeingKilled:
                return
            except Exception as error:
                log.warning("schedule_delayed", job=self._job, error=type(error).__name__)
            finally:
                self._busy = False
            if self._stopping:
                return
            eventlet.sleep(min(LOOK_EVERY, self._every.total_seconds()))

    def _claim(self) -> bool:
        with self.connection.database.transaction() as tx:
            return (
                tx.run(CLAIM, job=self._job, now=self._clock.now(), every=self._every, lease=self._lease) == 1
            )

    def _run(self) -> None:
        done = GreenEvent()

        def finished(worker: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
            if exc_info is not None:
                log.error("job_failed", job=self._job, exc_info=exc_info)
            done.send(exc_info is None)
            return result, None

        call = context.CallContext(traceparent=context.new_traceparent())
        self.container.spawn_worker(self, (call,), {}, handle_result=finished)
        succeeded = done.wait()
        now: datetime = self._clock.now()
        following = now + (self._every if succeeded else min(self._every, RETRY_AFTER))
        with self.connection.database.transaction() as tx:
            tx.run(FINISH, job=self._job, now=now, next=following, outcome="ok" if succeeded else "failed")
        metrics.JOBS_RUN.labels(self._job, "ok" if succeeded else "failed").inc()


_declare = Schedule.decorator


def every(
    interval: timedelta, *, lease: timedelta = timedelta(minutes=10)
) -> Callable[[Callable[..., Any]], Any]:
    """``method(self)``, once an interval among all replicas. The lease must outlast one run."""

    def decorate(method: Callable[..., Any]) -> Any:
        def run(self: Any, call: context.CallContext) -> None:
            context.enter(call)
            method(self)

        run.__name__ = method.__name__
        run.__doc__ = method.__doc__
        return _declare(interval, lease)(run)

    return decorate

"""Jobs that run by the clock, once among all replicas: whoever claims the job's row runs it.

A process looks at the rows of all its jobs at once: when the first of them is due, when a commit here or the end of a
job says so, when the clock was set, and every few seconds besides, for what other replicas left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import eventlet
import structlog
from eventlet.event import Event as GreenEvent
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import Entrypoint, SharedExtension

from chassis import context, metrics
from chassis.clock import Clock
from chassis.clock_watch import ClockWatch
from chassis.database import DatabaseConnection
from chassis.wakeup import Wakeup, until_beat
from contracts.identifiers import new_id

log = structlog.get_logger(__name__)

LOOK_EVERY = 10.0
AGAIN_AFTER = 1.0
RETRY_AFTER = timedelta(seconds=30)

REGISTER = """
insert into schedule (job, next_run_at) select unnest(cast(:jobs as text[])), :now on conflict do nothing
"""
LOOK = """
select job, next_run_at, coalesce(lease_until >= now(), false) as leased from schedule
where job = any(cast(:jobs as text[]))
"""
# A clock that was set back (a demo) leaves rows in the future: more than two intervals ahead counts as due.
CLAIM = """
update schedule set lease_until = now() + :lease, holder = cast(:holder as uuid)
where job = :job and (lease_until is null or lease_until < now())
and (:wanted or next_run_at <= :now or next_run_at > :now + 2 * cast(:every as interval))
"""
# Whoever lost the lease, because it stood still for longer than that, changes nothing any more.
KEEP = "update schedule set lease_until = now() + :lease where job = :job and holder = cast(:holder as uuid)"
FINISH = """
update schedule set lease_until = null, holder = null, last_run_at = :now, next_run_at = :next, last_outcome = :outcome
where job = :job and holder = cast(:holder as uuid)
"""


class Timetable(SharedExtension):
    """Looks at the rows of the process's jobs, and starts those that are due."""

    connection = DatabaseConnection()
    clock_watch = ClockWatch()

    def __init__(self) -> None:
        self._jobs: dict[str, Schedule] = {}
        self._wakeup = Wakeup()
        self._registered = self._stopping = False

    def add(self, job: Schedule) -> None:
        """One more job of this process."""
        self._jobs[job.method_name] = job

    def start(self) -> None:
        """Begin to look."""
        if self._jobs:
            self.container.config["clock"].on_set.append(self.wake)
            self.container.spawn_managed_thread(self._loop, identifier="timetable")

    def stop(self) -> None:
        """Look no more."""
        self._stopping = True
        self._wakeup.wake()

    def wake(self) -> None:
        """A job may be due, or is over."""
        self._wakeup.wake()

    def _loop(self) -> None:
        while not self._stopping:
            try:
                pause = self._look()
            except ContainerBeingKilled:
                return
            except Exception as error:
                log.warning("schedule_delayed", error=type(error).__name__)
                pause = AGAIN_AFTER
            self._wakeup.wait(pause)

    def _look(self) -> float:
        """Start what is due; the seconds until the next look."""
        clock: Clock = self.container.config["clock"]
        jobs = list(self._jobs)
        with self.connection.database.snapshot() as tx:
            if not self._registered:
                tx.run(REGISTER, jobs=jobs, now=clock.now())
                self._registered = True
            rows = tx.rows(LOOK, jobs=jobs)
        now, pause = clock.now(), until_beat(LOOK_EVERY)
        for row in rows:
            job = self._jobs[row["job"]]
            if job.due(row, now):
                job.begin()
            elif row["next_run_at"] > now and not row["leased"]:
                pause = min(pause, (row["next_run_at"] - now).total_seconds())
        return pause


class Schedule(Entrypoint):
    """Runs a method every so often. The lease ends a claim whose replica died; a living one keeps it alive."""

    timetable = Timetable()
    connection = DatabaseConnection()
    expected_exceptions = Exception

    def __init__(self, every: timedelta, lease: timedelta, woken_by: str) -> None:
        self._every = every
        self._lease = lease
        self._woken_by = woken_by

    def setup(self) -> None:
        """The job is named after the method."""
        self._job = self.method_name
        self._clock: Clock = self.container.config["clock"]
        self._task: Any = None
        self._wanted = self._stopping = False
        self.timetable.add(self)
        if self._woken_by:
            self.connection.database.on_notified.setdefault(self._woken_by, []).append(self._want)

    def stop(self) -> None:
        """Begin no more. A running job is finished and noted, else its lease would keep the others from it."""
        self._stopping = True
        if self._task is not None:
            self._task.wait()

    def due(self, row: Mapping[str, Any], now: datetime) -> bool:
        """Is it to be started here, by what its row says?"""
        if self._stopping or self._task is not None or row["leased"]:
            return False
        following: datetime = row["next_run_at"]
        return self._wanted or following <= now or following > now + 2 * self._every

    def begin(self) -> None:
        """Claim it and run it, beside whatever else goes on."""
        self._task = self.container.spawn_managed_thread(self._run, identifier=f"job {self._job}")

    def _want(self) -> None:
        self._wanted = True
        self.timetable.wake()

    def _run(self) -> None:
        holder = new_id()
        try:
            # What is committed while it runs deserves another run.
            wanted, self._wanted = self._wanted, False
            if self._claim(holder, wanted):
                with self._kept(holder):
                    self._carry_out(holder)
            else:
                self._wanted = wanted
        except ContainerBeingKilled:
            return
        except Exception as error:
            log.warning("schedule_delayed", job=self._job, error=type(error).__name__)
            eventlet.sleep(AGAIN_AFTER)
        finally:
            self._task = None
            self.timetable.wake()

    def _claim(self, holder: str, wanted: bool) -> bool:
        with self.connection.database.transaction() as tx:
            return (
                tx.run(
                    CLAIM,
                    job=self._job,
                    holder=holder,
                    wanted=wanted,
                    now=self._clock.now(),
                    every=self._every,
                    lease=self._lease,
                )
                == 1
            )

    @contextmanager
    def _kept(self, holder: str) -> Iterator[None]:
        """The lease does not run out while the block is at work."""

        def keep() -> None:
            while True:
                eventlet.sleep(self._lease.total_seconds() / 3)
                try:
                    with self.connection.database.transaction() as tx:
                        tx.run(KEEP, job=self._job, holder=holder, lease=self._lease)
                except Exception as error:
                    log.warning("lease_not_kept", job=self._job, error=type(error).__name__)

        keeper = eventlet.spawn(keep)
        try:
            yield
        finally:
            keeper.kill()

    def _carry_out(self, holder: str) -> None:
        done = GreenEvent()

        def finished(worker: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
            if exc_info is not None:
                log.error("job_failed", job=self._job, exc_info=exc_info)
            done.send((exc_info is None, result if isinstance(result, datetime) else None))
            return result, None

        call = context.CallContext(traceparent=context.new_traceparent())
        self.container.spawn_worker(self, (call,), {}, handle_result=finished)
        succeeded, wished = done.wait()
        now = self._clock.now()
        following = now + (self._every if succeeded else min(self._every, RETRY_AFTER))
        outcome = "ok" if succeeded else "failed"
        with self.connection.database.transaction() as tx:
            noted = tx.run(
                FINISH,
                job=self._job,
                holder=holder,
                now=now,
                next=min(following, wished) if wished is not None else following,
                outcome=outcome,
            )
        if not noted:
            log.error("lease_lost", job=self._job)
        metrics.JOBS_RUN.labels(self._job, outcome).inc()


_declare = Schedule.decorator


def every(
    interval: timedelta, *, lease: timedelta = timedelta(minutes=1), woken_by: str = ""
) -> Callable[[Callable[..., Any]], Any]:
    """``method(self)``, once an interval among all replicas, and after each commit here that notified ``woken_by``.

    A method that knows of work to come sooner than that returns the moment (by the deployment's clock).
    """

    def decorate(method: Callable[..., Any]) -> Any:
        def run(self: Any, call: context.CallContext) -> Any:
            context.enter(call)
            return method(self)

        run.__name__ = method.__name__
        run.__doc__ = method.__doc__
        return _declare(interval, lease, woken_by)(run)

    return decorate

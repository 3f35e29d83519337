"""Jobs run by the clock, once among all replicas."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import eventlet
import pytest

from authorisation.contexts import ServiceContext, ServiceContextProvider
from chassis.clock import FixedClock
from chassis.database import DatabaseConnection
from chassis.schedules import every
from tests.support_code import databases
from tests.support_code.services import Running
from tests.support_code.waiting import eventually, stays

MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)


class ClockworkService:
    name = "clockwork"
    service: ServiceContext = ServiceContextProvider()
    runs: list[datetime] = []
    behave: Callable[[], Any] = staticmethod(lambda: None)

    @every(timedelta(hours=1), lease=timedelta(seconds=3), woken_by="work")
    def hourly(self) -> Any:
        self.runs.append(datetime.now(UTC))
        return type(self).behave()


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    ClockworkService.runs.clear()
    monkeypatch.setattr("chassis.schedules.LOOK_EVERY", 0.1)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(MOMENT)


def _row(database: str) -> Any:
    found = databases.rows(database, "select next_run_at, lease_until, last_outcome from schedule")
    return found[0] if found else None


def test_a_job_runs_once_an_interval_among_three_replicas(
    run_service: Callable[..., Running], clock: FixedClock
) -> None:
    for _ in range(3):
        run_service(ClockworkService, clock=clock)
    assert eventually(lambda: len(ClockworkService.runs) == 1)
    stays(lambda: len(ClockworkService.runs) == 1, 0.5)
    for passed in (2, 3):
        clock.moment += timedelta(hours=1)
        assert eventually(lambda runs=passed: len(ClockworkService.runs) == runs)
        stays(lambda runs=passed: len(ClockworkService.runs) == runs, 0.3)


def test_a_long_run_is_not_begun_by_another_replica(
    run_service: Callable[..., Running], clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ClockworkService, "behave", staticmethod(lambda: eventlet.sleep(0.8)))
    for _ in range(3):
        run_service(ClockworkService, clock=clock)
    assert eventually(lambda: ClockworkService.runs)
    stays(lambda: len(ClockworkService.runs) == 1, 1.0)


def test_the_lease_of_a_dead_replica_ends(
    run_service: Callable[..., Running],
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    scratch_database: str,
) -> None:
    monkeypatch.setattr(ClockworkService, "behave", staticmethod(lambda: eventlet.sleep(30)))
    dead = run_service(ClockworkService, clock=clock)
    assert eventually(lambda: ClockworkService.runs)
    dead.kill()
    lease_ends = _row(scratch_database)[1]
    monkeypatch.setattr(ClockworkService, "behave", staticmethod(lambda: None))
    run_service(ClockworkService, clock=clock)
    assert eventually(lambda: len(ClockworkService.runs) == 2)
    assert ClockworkService.runs[1] >= lease_ends
    assert eventually(lambda: _row(scratch_database)[2] == "ok")


def test_a_failed_run_is_noted_and_repeated_sooner(
    run_service: Callable[..., Running],
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    scratch_database: str,
) -> None:
    def fail() -> None:
        raise ValueError

    monkeypatch.setattr(ClockworkService, "behave", staticmethod(fail))
    run_service(ClockworkService, clock=clock)
    assert eventually(lambda: (_row(scratch_database) or [None] * 3)[2] == "failed")
    assert _row(scratch_database)[:2] == (MOMENT + timedelta(seconds=30), None)
    clock.moment += timedelta(seconds=31)
    assert eventually(lambda: len(ClockworkService.runs) == 2)


def test_a_replica_that_stops_in_the_middle_of_a_run_finishes_and_notes_it(
    run_service: Callable[..., Running],
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    scratch_database: str,
) -> None:
    """Else its lease keeps the others from the job until it ends."""
    monkeypatch.setattr(ClockworkService, "behave", staticmethod(lambda: eventlet.sleep(0.5)))
    service = run_service(ClockworkService, clock=clock)
    assert eventually(lambda: ClockworkService.runs)
    service.stop()
    assert _row(scratch_database) == (MOMENT + timedelta(hours=1), None, "ok")


def test_a_clock_that_was_set_back_does_not_stop_the_jobs(
    run_service: Callable[..., Running], clock: FixedClock
) -> None:
    run_service(ClockworkService, clock=clock)
    assert eventually(lambda: len(ClockworkService.runs) == 1)
    clock.moment -= timedelta(days=30)
    assert eventually(lambda: len(ClockworkService.runs) == 2)
    stays(lambda: len(ClockworkService.runs) == 2, 0.3)


def test_a_commit_that_leaves_work_wakes_the_job_at_once(
    run_service: Callable[..., Running], clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.schedules.LOOK_EVERY", 60.0)
    service = run_service(ClockworkService, clock=clock)
    assert eventually(lambda: len(ClockworkService.runs) == 1)
    database = service.extension(DatabaseConnection).database
    with pytest.raises(ZeroDivisionError), database.transaction() as tx:
        tx.notify("work")
        raise ZeroDivisionError
    with database.transaction() as tx:
        tx.notify("something else")
    stays(lambda: len(ClockworkService.runs) == 1, 0.3)
    with database.transaction() as tx:
        tx.notify("work")
    assert eventually(lambda: len(ClockworkService.runs) == 2, 5)


def test_a_job_that_knows_of_work_to_come_is_run_then(
    run_service: Callable[..., Running],
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    scratch_database: str,
) -> None:
    soon = MOMENT + timedelta(minutes=7)
    monkeypatch.setattr(
        ClockworkService, "behave", staticmethod(lambda: soon if len(ClockworkService.runs) == 1 else None)
    )
    run_service(ClockworkService, clock=clock)
    assert eventually(lambda: _row(scratch_database) == (soon, None, "ok"))
    clock.moment = soon
    assert eventually(lambda: len(ClockworkService.runs) == 2)


def test_whoever_lost_the_lease_changes_nothing_any_more(
    run_service: Callable[..., Running],
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    scratch_database: str,
) -> None:
    """It stood still for longer than its lease, and another replica has the job."""
    other = "0197b2c4-8d1e-7a3b-9c55-2f1d6e7a8b90"
    held = (MOMENT + timedelta(days=1), other)

    def lose() -> None:
        databases.rows(
            scratch_database,
            """update schedule set holder = %s, next_run_at = %s, lease_until = now() + interval '1 day'
               returning job""",
            other,
            held[0],
        )
        eventlet.sleep(1.2)  # a turn of keeping the lease

    monkeypatch.setattr(ClockworkService, "behave", staticmethod(lose))
    service = run_service(ClockworkService, clock=clock)
    assert eventually(lambda: ClockworkService.runs)
    service.stop()
    [row] = databases.rows(
        scratch_database,
        "select next_run_at, holder::text, last_outcome, lease_until > now() + interval '1 hour' as kept from schedule",
    )
    assert tuple(row) == (*held, None, True)

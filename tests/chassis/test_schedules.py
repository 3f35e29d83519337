"""Jobs run by the clock, once among all replicas."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import eventlet
import pytest

from chassis.clock import FixedClock
from chassis.house import House, HouseTools
from chassis.schedules import every
from tests.support_code import databases
from tests.support_code.services import Running
from tests.support_code.waiting import eventually, stays

MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)


class ClockworkService:
    name = "clockwork"
    house: HouseTools = House()
    runs: list[datetime] = []
    behave: Callable[[], None] = staticmethod(lambda: None)

    @every(timedelta(hours=1), lease=timedelta(seconds=3))
    def hourly(self) -> None:
        self.runs.append(datetime.now(UTC))
        type(self).behave()


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

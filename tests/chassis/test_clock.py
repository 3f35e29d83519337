"""The clock can be set, by a file, for all processes at once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import eventlet
import pytest

from chassis import clock as clock_module
from chassis.clock import FileClock, FixedClock, SystemClock, local_day, set_file_clock
from chassis.clock_watch import follow
from tests.support_code.waiting import eventually, stays

NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)


def _near(one: datetime, other: datetime) -> bool:
    return abs(one - other) < timedelta(seconds=5)


def test_a_file_clock_follows_its_file_and_runs_on(tmp_path: Path) -> None:
    path = str(tmp_path / "clock")
    one, two = FileClock(path), FileClock(path)
    assert _near(one.now(), datetime.now(UTC))
    set_file_clock(path, NEW_YEAR)
    assert eventually(lambda: _near(one.now(), NEW_YEAR) and _near(two.now(), NEW_YEAR))
    assert abs(one.now() - two.now()) < timedelta(seconds=1)
    first = one.now()
    assert eventually(lambda: one.now() > first)
    set_file_clock(path, None)
    assert eventually(lambda: _near(one.now(), datetime.now(UTC)))
    set_file_clock(path, None)  # nothing to take away is no error


def test_a_process_that_starts_later_agrees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The moment counts from when it was set, not from when it is read."""
    import os

    path = str(tmp_path / "clock")
    set_file_clock(path, NEW_YEAR)
    an_hour_ago = datetime.now(UTC).timestamp() - 3600
    os.utime(path, (an_hour_ago, an_hour_ago))
    assert _near(FileClock(path).now(), NEW_YEAR + timedelta(hours=1))


@pytest.mark.parametrize("content", ["", "tomorrow", "2027-13-01T00:00:00+00:00"])
def test_a_file_that_says_nothing_useful_leaves_the_machines_clock(tmp_path: Path, content: str) -> None:
    path = tmp_path / "clock"
    path.write_text(content)
    assert _near(FileClock(str(path)).now(), datetime.now(UTC))


def test_a_file_without_a_zone_leaves_the_machines_clock(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    path.write_text("2027-01-01T00:00:00")
    assert _near(FileClock(str(path)).now(), datetime.now(UTC))


def test_the_file_is_not_read_at_every_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = 0
    clock = FileClock(str(tmp_path / "clock"))

    def read() -> timedelta:
        nonlocal reads
        reads += 1
        return timedelta(0)

    monkeypatch.setattr(clock, "_read", read)
    monkeypatch.setattr(clock_module.time, "monotonic", lambda: 1000.0)
    for _ in range(100):
        clock.now()
    assert reads == 1


def test_other_clocks_are_aware() -> None:
    assert SystemClock().now().tzinfo is UTC
    fixed = FixedClock(NEW_YEAR)
    assert fixed.now() == fixed.now() == NEW_YEAR


def test_days_are_the_providers_own() -> None:
    moment = datetime(2026, 3, 31, 20, 30, tzinfo=UTC)
    assert local_day(moment, ZoneInfo("Asia/Yekaterinburg")) == date(2026, 4, 1)
    assert local_day(moment, ZoneInfo("Europe/Kyiv")) == date(2026, 3, 31)


def test_who_follows_a_file_clock_is_told_at_once_and_of_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    clock = FileClock(str(path))
    told: list[datetime] = []
    clock.on_set.append(lambda: told.append(clock.now()))
    following = eventlet.spawn(follow, clock)
    try:
        eventlet.sleep(0.05)
        (tmp_path / "something else").write_text("")
        set_file_clock(str(path), NEW_YEAR)
        assert eventually(lambda: len(told) == 1, 1) and _near(told[0], NEW_YEAR)
        set_file_clock(str(path), None)
        assert eventually(lambda: len(told) == 2, 1) and _near(told[1], datetime.now(UTC))
        stays(lambda: len(told) == 2, 0.2)
    finally:
        following.kill()


def test_a_fixed_clock_tells_when_it_is_set() -> None:
    clock = FixedClock(NEW_YEAR)
    told: list[datetime] = []
    clock.on_set.append(lambda: told.append(clock.now()))
    clock.moment += timedelta(hours=1)
    assert told == [NEW_YEAR + timedelta(hours=1)]

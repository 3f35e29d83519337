"""No more attempts pass within a span than the limit says, however they come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import eventlet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis import attempts
from chassis.attempts import Claim
from chassis.database import Database, make_engine
from contracts.identifiers import new_id

HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@pytest.fixture
def database(scratch_database: str) -> Iterator[Database]:
    engine = make_engine(scratch_database, 12)
    yield Database(engine)
    engine.dispose()


def _pass(database: Database, *claims: Claim, at: datetime = NOW) -> bool:
    with database.transaction() as tx:
        return attempts.count(tx, claims, at) == []


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(most=st.integers(1, 4), gaps=st.lists(st.integers(0, 40), min_size=1, max_size=20))
def test_in_no_span_are_there_more_than_the_limit(database: Database, most: int, gaps: list[int]) -> None:
    key, now = new_id(), NOW
    passed: list[datetime] = []
    for gap in gaps:
        now += timedelta(minutes=gap)
        room = sum(now - moment < HOUR for moment in passed) < most
        assert _pass(database, Claim("test", key, most, HOUR), at=now) == room
        if room:
            passed.append(now)
    with database.snapshot() as tx:
        assert attempts.counted(tx, "test", key, HOUR, now) == sum(now - moment < HOUR for moment in passed)


def test_attempts_at_the_same_time_are_all_counted(database: Database) -> None:
    key = new_id()
    claims = Claim("test", key, 3, HOUR), Claim("other", key, 100, HOUR)
    threads = [eventlet.spawn(_pass, database, *claims) for _ in range(12)]
    assert sum(thread.wait() for thread in threads) == 3


def test_each_limit_of_a_key_holds_and_the_refused_are_named(database: Database) -> None:
    short, long = Claim("test", "k", 1, HOUR), Claim("test", "k", 5, timedelta(days=1))
    assert _pass(database, short, long)
    with database.transaction() as tx:
        assert attempts.count(tx, [short, long], NOW) == [short]
    assert _pass(database, short, long, at=NOW + HOUR)


def test_what_limits_nothing_any_more_is_forgotten(database: Database) -> None:
    _pass(database, Claim("test", "k", 1, HOUR))
    with database.transaction() as tx:
        assert attempts.forget(tx, NOW + HOUR) == 0
        assert attempts.forget(tx, NOW + HOUR + timedelta(seconds=1)) == 1


def test_a_key_is_kept_as_a_digest(database: Database) -> None:
    _pass(database, Claim("send_code", "+79120000001", 1, HOUR))
    with database.snapshot() as tx:
        assert "79120000001" not in tx.value("select key from attempt")

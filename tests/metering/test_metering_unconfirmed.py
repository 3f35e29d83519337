"""A reading that is kept for confirmation is never forgotten in silence (MT-4)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from authorisation.contexts import RequestContext
from authorisation.subject import NOBODY
from chassis.context import CallContext
from services.metering.handlers import confirming
from tests.metering.world import World, local, refused


def remind(world: World) -> list[tuple[str, str | None]]:
    """(event, who sent the reading) of all that was told so far, after the job."""

    @contextmanager
    def begin() -> Iterator[RequestContext]:
        with world.database.transaction() as tx:
            yield RequestContext(tx, world.now, CallContext(), subject=NOBODY)

    service: Any = SimpleNamespace(begin=begin)
    confirming.remind(service)
    return [
        (name, event["person"])
        for name in ("reading_unconfirmed", "reading_lapsed")
        for event in world.announced(name)
    ]


@pytest.fixture
def kept(world: World) -> tuple[World, str]:
    """A reading far above the norm, of a meter that nobody knows yet."""
    meter = world.meter(opening="1.8.0=0", installed_on="2026-10-20")
    who = world.person()
    assert refused(lambda: world.submit(who, meter, {"1.8.0": "5000"})).code == "reading_jump"
    return world, who.id


def test_mt4_the_first_reading_is_asked_about_where_it_is_far_above_the_norm(world: World) -> None:
    """300 kWh in thirty days is the norm of a household, four times that is far above it."""
    meter, who = world.meter(opening="1.8.0=0", installed_on="2026-10-21"), world.person()
    assert refused(lambda: world.submit(who, meter, {"1.8.0": "1201"})).code == "reading_jump"
    assert world.submit(who, meter, {"1.8.0": "1199"})["period"] == "2026-11"


def test_mt4_without_any_reading_the_whole_register_is_compared_with_the_time_since_the_installation(
    world: World,
) -> None:
    new, old = (
        world.meter(installed_on="2026-10-21"),
        world.meter("7400000002", "M2", installed_on="2016-10-21"),
    )
    assert refused(lambda: world.submit(world.person(), new, {"1.8.0": "50000"})).code == "reading_jump"
    taken = world.submit(world.person("7400000002"), old, {"1.8.0": "50000"})
    assert taken["values"][0].consumption is None


def test_mt4_its_sender_is_reminded_once_before_it_lapses_and_told_when_it_did(
    kept: tuple[World, str],
) -> None:
    world, who = kept
    world.now += timedelta(days=6, hours=23)
    assert remind(world) == []
    world.now += timedelta(hours=2)
    for _ in range(2):
        assert remind(world) == [("reading_unconfirmed", who)]
    world.now += timedelta(days=3)
    for _ in range(2):
        assert remind(world) == [("reading_unconfirmed", who), ("reading_lapsed", who)]
    assert world.rows("select 1 from unconfirmed") == []


def test_mt4_one_that_was_replaced_is_no_longer_spoken_of(kept: tuple[World, str]) -> None:
    world, _ = kept
    [row] = world.rows("select meter::text, account::text from unconfirmed")
    world.submit(world.person(), row["meter"], {"1.8.0": "100"})
    world.now = local("2026-12-20T10:00:00")
    assert remind(world) == []

"""A month of an automated meter is closed once, by the last of its registers (MT-8)."""

from __future__ import annotations

import eventlet

from services.metering.handlers import ingest
from tests.metering.world import Receipt, World, incoming, register_entry
from tests.support_code.waiting import eventually

FIRST = "2026-11-01T00:00:00"
DAY, NIGHT = ("1.8.1", "1.8.2")
WAITING = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


def closed(world: World) -> list[str]:
    return [event["period"] for event in world.announced("automated_readings_stored")]


def test_mt8_a_month_is_closed_by_the_last_register_and_not_by_the_first(world: World) -> None:
    world.meter(zones=2)
    world.take(register_entry("M1", FIRST, "10", DAY))
    assert closed(world) == []
    world.take(register_entry("M1", FIRST, "20", NIGHT))
    assert closed(world) == ["2026-10"]
    [event] = world.announced("automated_readings_stored")
    assert (event["serial"], event["at"]) == ("M1", "2026-10-31T19:00:00Z")


def test_mt8_duplicates_and_corrections_do_not_close_a_month_again(world: World) -> None:
    world.meter(zones=2)
    both = [register_entry("M1", FIRST, "10", DAY), register_entry("M1", FIRST, "20", NIGHT)]
    assert world.take(*both) == Receipt(2, 0, 0, ())
    assert world.take(*both) == Receipt(0, 2, 0, ())
    assert world.take(register_entry("M1", FIRST, "21", NIGHT)) == Receipt(0, 0, 1, ())
    assert closed(world) == ["2026-10"]


def test_mt8_registers_of_different_moments_close_nothing(world: World) -> None:
    world.meter(zones=2)
    world.take(
        register_entry("M1", FIRST, "10", DAY), register_entry("M1", "2026-11-01T01:00:00", "20", NIGHT)
    )
    assert closed(world) == []


def test_mt8_every_meter_and_month_of_a_batch_is_closed_on_its_own(world: World) -> None:
    for serial in ("M1", "M2"):
        world.meter(number=f"740000000{serial[1]}", serial=serial, zones=2)
    world.take(
        *[
            register_entry(serial, at, "10", code)
            for serial in ("M1", "M2")
            for at in ("2026-10-01T00:00:00", FIRST)
            for code in (DAY, NIGHT)
            if (serial, at, code) != ("M2", FIRST, NIGHT)
        ]
    )
    found = [(event["serial"], event["period"]) for event in world.announced("automated_readings_stored")]
    assert sorted(found) == [("M1", "2026-09"), ("M1", "2026-10"), ("M2", "2026-09")]


def test_mt8_two_consumers_with_a_register_each_close_the_month_once(world: World) -> None:
    """Neither sees the other's reading when it stores its own."""
    world.meter(zones=2)
    with world.database.transaction() as tx:
        ingest.store(
            tx, ingest.prepare(tx, world.tools, world.now, [incoming(register_entry("M1", FIRST, "10", DAY))])
        )
        other = eventlet.spawn(world.take, register_entry("M1", FIRST, "20", NIGHT))
        eventually(lambda: world.rows(WAITING))
    assert other.wait() == Receipt(1, 0, 0, ())
    assert closed(world) == ["2026-10"]


def test_mt8_many_corrections_of_one_register_in_one_call_are_versions_one_after_the_other(
    world: World,
) -> None:
    meter = world.meter()
    world.take(register_entry("M1", "2026-11-05T12:00:00", "1"))
    batches = [incoming(register_entry("M1", "2026-11-05T12:00:00", str(value))) for value in (2, 2, 3, 1)]
    assert world.ingest(*batches) == [
        Receipt(0, 0, 1, ()),
        Receipt(0, 1, 0, ()),
        Receipt(0, 0, 1, ()),
        Receipt(0, 0, 1, ()),
    ]
    assert world.versions(meter) == [(1, "1", False), (2, "2", False), (3, "3", False), (4, "1", True)]

"""Monthly partitions (MT-8): made ahead, nothing refused for its date, dropped when kept long enough."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from chassis.clock import FixedClock
from services.metering.domain.months import oldest_kept, outlived, shifted, wanted
from services.metering.handlers import retention
from services.metering.store import partitions
from tests.metering.world import Receipt, World, batch_id, incoming, interval_entry, local, register_entry

TODAY = datetime(2026, 11, 20, 5, tzinfo=UTC)


def a_service(world: World, now: datetime) -> Any:
    return SimpleNamespace(database=world.database, clock=FixedClock(now))


def months(world: World, table: str) -> list[str]:
    with world.database.snapshot() as tx:
        return [f"{month:%Y-%m}" for month in partitions.months(tx, table)]


def where(world: World, table: str, column: str) -> list[tuple[str, str]]:
    """(partition, value of the column), in its order."""
    rows = world.rows(
        f'select tableoid::regclass::text as part, "{column}" as at from {table} order by "{column}"'
    )
    return [(row["part"], f"{row['at']:%Y-%m-%d}") for row in rows]


@pytest.fixture(autouse=True)
def _made(world: World) -> None:
    """Whatever the day on which the tests run: no months but those around the world's own."""
    with world.database.transaction() as tx:
        for table in partitions.COLUMNS:
            for month in partitions.months(tx, table):
                tx.run(f"drop table {table}_y{month:%Y}m{month:%m}")
    retention.make_months(a_service(world, TODAY), TODAY)


def test_mt8_months_are_made_ahead_and_once(world: World) -> None:
    expected = ["2026-10", "2026-11", "2026-12", "2027-01", "2027-02"]
    for _ in range(2):
        for table in partitions.COLUMNS:
            assert months(world, table) == expected
        retention.keep_months(a_service(world, TODAY), world.tools)


def test_mt8_late_and_far_data_is_stored_whatever_its_month(world: World) -> None:
    meter = world.meter()
    days = ["2015-02-03", "2026-09-30", "2026-10-01", "2026-11-18"]
    entries = [interval_entry("M1", f"{day}T00:00:00", ["0.001"] * 48) for day in days]
    entries += [register_entry("M1", f"{day}T12:00:00", "5") for day in days]
    assert world.take(*entries) == Receipt(4 * 48 + 4, 0, 0, ())
    expected = ["default", "default", "y2026m10", "y2026m11"]
    for table, column in (("interval_day", "day"), ("register_reading", "at")):
        assert where(world, table, column) == [
            (f"{table}_{part}", day) for part, day in zip(expected, days, strict=True)
        ]
    # The same again is known, whichever partition it is in; so is a correction.
    assert world.take(*entries) == Receipt(0, 4 * 48 + 4, 0, ())
    assert world.take(interval_entry("M1", "2015-02-03T00:00:00", ["0.002"])) == Receipt(0, 0, 1, ())
    assert world.day(meter, "2015-02-03") == [2] + [1] * 47
    assert where(world, "interval_day_old", "day") == [("interval_day_old_default", "2015-02-03")]


def test_mt8_a_month_made_late_takes_its_rows_out_of_the_default_partition(world: World) -> None:
    meter = world.meter()
    world.now = local("2027-04-20T10:00:00")
    days = ["2027-02-28", "2027-03-01", "2027-03-31", "2027-04-01"]
    for day in days:
        world.take(
            interval_entry("M1", f"{day}T00:00:00", ["0.007"]), register_entry("M1", f"{day}T12:00:00", "5")
        )
    later = a_service(world, datetime(2027, 4, 20, tzinfo=UTC))
    retention.make_months(later, later.clock.now())
    for table, column in (("interval_day", "day"), ("register_reading", "at")):
        assert where(world, table, column) == [
            (f"{table}_{part}", day)
            for part, day in zip(["y2027m02", "y2027m03", "y2027m03", "y2027m04"], days, strict=True)
        ]
    assert world.day(meter, "2027-03-31") == [7] + [None] * 47
    # The primary key holds in the new partition, too.
    assert world.take(interval_entry("M1", "2027-03-31T00:00:00", ["0.007", "0.008"])) == Receipt(1, 1, 0, ())


def test_mt8_months_are_dropped_when_they_were_kept_long_enough(world: World) -> None:
    meter = world.meter(opening="1.8.0=1")
    old, new = "2026-10-05", "2026-11-05"
    for day in (old, new):
        world.take(
            interval_entry("M1", f"{day}T00:00:00", ["0.007"]), register_entry("M1", f"{day}T12:00:00", "5")
        )
    world.take(interval_entry("M1", f"{old}T00:00:00", ["0.008"]))
    in_13_months = datetime(2027, 12, 1, tzinfo=UTC)
    retention.drop_months(a_service(world, in_13_months), in_13_months, 13)
    assert months(world, "interval_day") == ["2026-11", "2026-12", "2027-01", "2027-02"]
    assert where(world, "interval_day", "day") == [("interval_day_y2026m11", new)]
    assert world.rows("select 1 from interval_day_old") == []
    # The opening reading, of January 2026, was in the default partition.
    assert where(world, "register_reading", "at") == [("register_reading_y2026m11", new)]
    assert world.versions(meter) == [(1, "5", True)]


def test_mt8_the_last_reading_of_a_register_outlives_its_month(world: World) -> None:
    """What comes next counts from it, however late."""
    meter = world.meter(zones=2, opening="1.8.1=1 1.8.2=2")
    world.take(register_entry("M1", "2026-10-05T12:00:00", "10", "1.8.1"))
    world.take(register_entry("M1", "2026-10-06T12:00:00", "11", "1.8.1"))
    world.take(register_entry("M1", "2026-10-06T12:00:00", "12", "1.8.1"))
    later = datetime(2029, 1, 15, tzinfo=UTC)
    retention.drop_months(a_service(world, later), later, 13)
    rows = world.rows(
        """select register, value, superseded_at is null as counts, tableoid::regclass::text as part
           from register_reading where meter = cast(:meter as uuid) order by register""",
        meter=meter,
    )
    assert [(row["register"], int(row["value"]), row["counts"]) for row in rows] == [
        ("1.8.1", 12, True),
        ("1.8.2", 2, True),
    ]
    assert {row["part"] for row in rows} == {"register_reading_default"}
    retention.drop_months(a_service(world, later), later, 13)
    assert len(world.versions(meter)) == 2


def test_mt8_old_rows_of_the_default_partition_go_page_by_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "PAGE", 3)
    world.meter()
    entries = [interval_entry("M1", f"2020-01-{day:02d}T00:00:00", ["0.001"]) for day in range(1, 9)]
    world.take(*entries, interval_entry("M1", "2026-09-01T00:00:00", ["0.001"]))
    retention.drop_months(a_service(world, TODAY), TODAY, 37)
    assert where(world, "interval_day", "day") == [("interval_day_default", "2026-09-01")]


def test_mt8_receipts_are_forgotten_after_their_days(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PAGE", 2)
    world.meter()
    for number in range(5):
        world.ingest(incoming(batch=f"old-{number}"))
    world.later(days=60)
    world.ingest(incoming(batch="new"))
    retention.forget_batches(a_service(world, world.now), world.now + timedelta(days=40), 90)
    kept = world.rows("select cast(receipt as json) ->> 'batch' as batch from ami_batch")
    assert [row["batch"] for row in kept] == [batch_id("new")]


def test_mt8_which_months_are_wanted_and_which_have_outlived() -> None:
    today = date(2026, 1, 31)
    assert [f"{month:%Y-%m}" for month in wanted(today)] == [
        "2025-12", "2026-01", "2026-02", "2026-03", "2026-04",
    ]  # fmt: skip
    assert shifted(date(2026, 12, 5), 1) == date(2027, 1, 1)
    assert oldest_kept(today, 37) == date(2022, 12, 1)
    assert outlived([date(2022, 12, 1), date(2022, 11, 1), date(2022, 10, 1)], today, 37) == [
        date(2022, 10, 1),
        date(2022, 11, 1),
    ]

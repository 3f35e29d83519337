"""Days on which the clock changes, through the whole ingest (MT-8): Kyiv has 46 or 50 half hours on them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.metering.world import Receipt, World, incoming

KYIV = ZoneInfo("Europe/Kyiv")
PROVIDER = "kyivenergo-power"
NUMBER = "123456789012345"
STEPS = {"PT15M": 15, "PT30M": 30, "PT60M": 60}


@pytest.fixture
def meter(world: World) -> str:
    """An electricity meter in Kyiv."""
    return world.meter(number=NUMBER, serial="K1", provider=PROVIDER)


def entry(start: datetime, step: str, values: list[Any], **more: Any) -> dict[str, Any]:
    said = {"meter": "K1", "obis": "1-0:1.29.0", "from": start.isoformat(), "step": step, "values": values}
    return said | more


def take(world: World, *entries: Any) -> Receipt:
    return world.ingest(incoming(*entries, provider=PROVIDER))[0]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2025-10-26", 25), ("2026-03-28", 24)])
@pytest.mark.parametrize("step", ["PT15M", "PT30M", "PT60M"])
@pytest.mark.parametrize("written", ["local", "utc"])
def test_mt8_a_day_has_as_many_values_as_its_clock_has_intervals(
    world: World, meter: str, day: str, hours: int, step: str, written: str
) -> None:
    begin = datetime.fromisoformat(day).replace(tzinfo=KYIV)
    start = begin if written == "local" else begin.astimezone(ZoneInfo("UTC"))
    count = hours * 60 // STEPS[step]
    values = [f"0.{number:03d}" for number in range(count)]
    assert take(world, entry(start, step, values, flags={str(count - 1): "last"})) == Receipt(count, 0, 0, ())
    assert world.day(meter, day) == list(range(count))
    [row] = world.rows("select starts_at, step, flags from interval_day")
    assert (row["starts_at"], row["step"]) == (begin, STEPS[step])
    assert row["flags"] == {str(count - 1): "last"}
    # One value more belongs to the next day.
    following = (datetime.fromisoformat(day) + timedelta(days=1)).date().isoformat()
    assert take(world, entry(start, step, [*values, "9.999"])) == Receipt(1, count, 0, ())
    next_day = world.day(meter, following)
    assert next_day is not None
    assert next_day[0] == 9999


def test_mt8_both_hours_of_the_same_name_are_kept_apart(world: World, meter: str) -> None:
    """At four in the morning of 26 October 2025 it was three again."""
    first = [entry(datetime.fromisoformat("2025-10-26T03:00:00+03:00"), "PT30M", ["0.001", "0.002"])]
    second = [entry(datetime.fromisoformat("2025-10-26T03:00:00+02:00"), "PT30M", ["0.003", "0.004"])]
    assert take(world, *second) == Receipt(2, 0, 0, ())
    assert take(world, *first) == Receipt(2, 0, 0, ())
    assert world.day(meter, "2025-10-26") == [None] * 6 + [1, 2, 3, 4] + [None] * 40
    assert take(world, *first, *second) == Receipt(0, 4, 0, ())


def test_mt8_a_year_in_one_entry_is_cut_at_every_local_midnight(world: World, meter: str) -> None:
    begin = datetime(2025, 11, 1, tzinfo=KYIV)
    count = 365 * 48
    assert take(world, entry(begin, "PT30M", ["0.001"] * count)) == Receipt(count, 0, 0, ())
    lengths = world.rows(
        "select cardinality(amounts) as n, count(*) as days from interval_day group by 1 order by 1"
    )
    assert [(row["n"], row["days"]) for row in lengths] == [(46, 1), (48, 363), (50, 1)]
    missing = world.rows("select 1 from interval_day where array_position(amounts, null) is not null")
    assert missing == []


def test_mt8_an_offset_that_is_not_the_suppliers_names_the_same_moments(world: World, meter: str) -> None:
    take(world, entry(datetime.fromisoformat("2026-03-29T00:00:00+02:00"), "PT60M", ["0.001"] * 23))
    far = entry(datetime.fromisoformat("2026-03-28T12:00:00-10:00"), "PT60M", ["0.001"] * 23)
    assert take(world, far) == Receipt(0, 23, 0, ())

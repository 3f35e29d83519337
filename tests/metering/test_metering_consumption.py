"""What views of consumption answer, from the tables (MT-7, MT-14)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from chassis.database import Database, make_engine
from contracts.errors import CabinetError
from contracts.identifiers import account_id, new_id
from contracts.zones import EXPORT
from tests.metering.use_world import KYIV, NUMBER, URAL, UseWorld, totals
from tests.support_code.faults import faults_of

OCTOBER = ("2026-10-01", "2026-10-31")


@pytest.fixture
def world(service_database: Callable[[str], str]) -> Iterator[UseWorld]:
    """Metering's own database, empty, on the 20th of November 2026."""
    engine = make_engine(service_database("metering"), 4)
    yield UseWorld(Database(engine))
    engine.dispose()


def refused(act: Callable[[], Any]) -> CabinetError:
    with pytest.raises(CabinetError) as caught:
        act()
    return caught.value


def one(answer: dict[str, Any]) -> dict[str, Any]:
    [series] = answer["series"]
    found: dict[str, Any] = series
    return found


# --- by month -------------------------------------------------------------------------------------------------------


def test_mt7_months_of_a_meter_that_people_read(world: UseWorld) -> None:
    meter, me = world.meter(automated=False, installed_on="2026-07-01"), world.person()
    world.readings(meter, [("2026-07-01T00:00+05:00", "2026-06", "100")], "opening")
    world.readings(
        meter,
        [
            ("2026-07-20T10:00+05:00", "2026-07", "180"),
            # Sent after the window: it counts for September.
            ("2026-08-28T10:00+05:00", "2026-09", "300"),
            ("2026-10-05T10:00+05:00", "2026-10", "350"),
            ("2026-10-22T10:00+05:00", "2026-10", "360.5"),
        ],
    )
    found = one(world.consumption(me, "2026-06-10", "2026-11-02"))
    assert totals(found) == {
        "2026-06": None, "2026-07": "80", "2026-08": "60", "2026-09": "60", "2026-10": "60.5", "2026-11": None,
    }  # fmt: skip
    buckets = {bucket["start"]: bucket for bucket in found["buckets"]}
    assert (buckets["2026-07"]["estimated"], buckets["2026-08"]["estimated"]) == (0, 1)
    assert (buckets["2026-07"]["missing"], buckets["2026-11"]["missing"]) == (0, 1)
    # There was no meter yet.
    assert buckets["2026-06"]["missing"] == 0
    assert buckets["2026-07"]["basis"] == ["registers"] and buckets["2026-06"]["basis"] == []
    assert found["total"] == Decimal("260.5") and found["zones"] == {"single": Decimal("260.5")}
    assert (found["resource"], found["unit"], found["direction"], found["meters"]) == (
        "electricity", "kWh", "import", [meter],
    )  # fmt: skip


def test_mt7_a_reading_after_the_range_closes_its_last_months(world: UseWorld) -> None:
    meter, me = world.meter(), world.person()
    world.readings(
        meter, [("2026-05-20T10:00+05:00", "2026-05", "0"), ("2026-09-20T10:00+05:00", "2026-09", "40")]
    )
    assert totals(one(world.consumption(me, "2026-06-01", "2026-07-31"))) == {
        "2026-06": "10",
        "2026-07": "10",
    }


def test_mt7_superseded_readings_do_not_count(world: UseWorld) -> None:
    meter, me = world.meter(), world.person()
    world.readings(
        meter,
        [
            ("2026-09-20T10:00+05:00", "2026-09", "0"),
            ("2026-10-20T10:00+05:00", "2026-10", "10"),
            ("2026-10-21T10:00+05:00", "2026-10", "999"),
        ],
    )
    with world.database.transaction() as tx:
        tx.run("update register_reading set superseded_at = now() where value = 999")
    assert totals(one(world.consumption(me, *OCTOBER))) == {"2026-10": "10"}


def test_mt7_zones_of_a_meter_and_a_register_that_is_missing(world: UseWorld) -> None:
    meter, me = world.meter(zones=2), world.person()
    for register, step in (("1.8.1", 70), ("1.8.2", 30)):
        months = [
            (f"2026-0{month}-20T10:00+05:00", f"2026-0{month}", str(month * step)) for month in (6, 7, 8)
        ]
        world.readings(meter, months[: 3 if step == 70 else 2], register=register)
    found = one(world.consumption(me, "2026-07-01", "2026-08-31"))
    assert [bucket["zones"] for bucket in found["buckets"]] == [
        {"day": Decimal(70), "night": Decimal(30)},
        {},
    ]
    # A register that never had a reading: no total at all.
    with world.database.transaction() as tx:
        tx.run("delete from register_reading where register = '1.8.2'")
    assert totals(one(world.consumption(me, "2026-07-01", "2026-08-31"))) == {
        "2026-07": None,
        "2026-08": None,
    }


def test_mt7_months_without_registers_come_from_interval_data_by_local_zones(world: UseWorld) -> None:
    meter, me = world.meter(zones=2, ratio="20"), world.person()
    for register in ("1.8.1", "1.8.2"):
        rows = [("2026-08-31T19:00+00:00", "2026-08", "0"), ("2026-09-30T19:00+00:00", "2026-09", "5")]
        world.readings(meter, rows, "ami", register)
    for day in range(1, 32):
        world.day(meter, f"2026-10-{day:02d}", [100] * 48)
    found = one(world.consumption(me, "2026-09-01", "2026-10-31"))
    september, october = found["buckets"]
    assert september["zones"] == {"day": Decimal(100), "night": Decimal(100)}
    assert october["zones"] == {"day": Decimal(32 * 31 * 2), "night": Decimal(16 * 31 * 2)}
    assert (september["basis"], october["basis"]) == (["registers"], ["intervals"])
    assert (october["missing"], october["estimated"]) == (0, 0)


def test_mt7_a_replaced_meter_and_its_successor_are_one_curve(world: UseWorld) -> None:
    old, me = world.meter(removed_on="2026-10-10"), world.person()
    new = world.meter(installed_on="2026-10-10")
    world.readings(
        old, [("2026-09-20T10:00+05:00", "2026-09", "100"), ("2026-10-10T10:00+05:00", "2026-10", "120")]
    )
    world.readings(new, [("2026-10-10T00:00+05:00", "2026-09", "7")], "opening")
    world.readings(
        new, [("2026-10-25T10:00+05:00", "2026-10", "37"), ("2026-11-19T10:00+05:00", "2026-11", "38")]
    )
    answer = world.consumption(me, "2026-10-01", "2026-11-30")
    assert totals(one(answer)) == {"2026-10": "50", "2026-11": "1"}
    assert one(answer)["meters"] == [old, new]
    assert totals(one(world.consumption(me, *OCTOBER, meter=new))) == {"2026-10": "30"}


# --- by day and hour ------------------------------------------------------------------------------------------------


def test_mt7_days_from_interval_data_or_midnights(world: UseWorld) -> None:
    meter, me = world.meter(), world.person()
    world.midnights(meter, date(2026, 10, 1), ["10", "11.5", None, "15.5", "17"])
    world.day(meter, "2026-10-01", [100] * 40 + [None] * 8)
    world.day(meter, "2026-10-04", [50] * 48)
    found = one(world.consumption(me, "2026-10-01", "2026-10-06", by="day"))
    # Of the 1st the registers know more, of the 4th both know all.
    assert totals(found) == {
        "2026-10-01": "1.5", "2026-10-02": "2", "2026-10-03": "2", "2026-10-04": "2.4", "2026-10-05": None,
        "2026-10-06": None,
    }  # fmt: skip
    assert [bucket["basis"] for bucket in found["buckets"]] == [
        ["registers"], ["registers"], ["registers"], ["intervals"], [], [],
    ]  # fmt: skip
    assert [bucket["estimated"] for bucket in found["buckets"]] == [0, 1, 1, 0, None, None]


def test_mt7_readings_by_people_say_nothing_of_single_days(world: UseWorld) -> None:
    meter, me = world.meter(), world.person()
    world.readings(
        meter, [("2026-10-01T00:00+05:00", "2026-09", "1"), ("2026-10-02T00:00+05:00", "2026-10", "9")]
    )
    assert set(totals(one(world.consumption(me, "2026-10-01", "2026-10-03", by="day"))).values()) == {None}


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)])
def test_mt7_days_on_which_the_clock_changes_have_all_their_hours(
    world: UseWorld, day: str, hours: int
) -> None:
    meter, me = world.meter(provider=KYIV, zones=2), world.person(provider=KYIV)
    world.day(meter, day, [10 * slot for slot in range(hours * 2)], KYIV)
    world.day(meter, str(date.fromisoformat(day) + timedelta(days=1)), [7] * 48, KYIV)
    account = account_id(KYIV, NUMBER)
    answer = world.consumption(me, day, day, account=account, by="hour")
    found = one(answer)
    assert answer["time_zone"] == "Europe/Kyiv"
    assert len(found["buckets"]) == hours
    assert [bucket["total"] for bucket in found["buckets"]] == [
        Decimal(40 * hour + 10) / 1000 for hour in range(hours)
    ]
    starts = [bucket["start"] for bucket in found["buckets"]]
    assert [late.astimezone(UTC) - early.astimezone(UTC) for early, late in pairwise(starts)] == [
        timedelta(hours=1)
    ] * (hours - 1)
    assert {str(start.date()) for start in starts} == {day} and starts[0].hour == 0 and starts[-1].hour == 23
    assert {bucket["missing"] for bucket in found["buckets"]} == {0}
    days = one(world.consumption(me, day, day, account=account, by="day"))
    assert days["total"] == found["total"] and days["zones"] == found["zones"]


def test_mt9_checked_days_replace_raw_ones_until_something_newer_comes(world: UseWorld) -> None:
    meter, me = world.meter(), world.person()
    world.day(meter, "2026-10-01", [100] * 46 + [None, None], version=2)
    world.checked(meter, "2026-10-01", [100] * 46 + [200, 300], [17] * 46 + [9, 9], raw_version=2)
    # A day that never came and was estimated whole.
    world.checked(meter, "2026-10-02", [50] * 48, [8] * 48, raw_version=0)
    # Corrected, and filled up, since they were checked.
    world.day(meter, "2026-10-03", [10] * 48, version=3)
    world.checked(meter, "2026-10-03", [1] * 48, [17] * 48, raw_version=2)
    world.day(meter, "2026-10-04", [10] * 48)
    world.checked(meter, "2026-10-04", [1] * 48, [8] * 48, seen=world.now - timedelta(seconds=1))
    found = one(world.consumption(me, "2026-10-01", "2026-10-04", by="day"))
    assert list(totals(found).values()) == ["5.1", "2.4", "0.48", "0.48"]
    assert [bucket["estimated"] for bucket in found["buckets"]] == [Decimal("0.042"), 1, 0, 0]
    assert {bucket["missing"] for bucket in found["buckets"]} == {0}


def test_mt7_what_has_not_come_yet_is_not_missing(world: UseWorld) -> None:
    meter, me = world.meter(installed_on="2026-11-19"), world.person()
    world.day(meter, "2026-11-19", [10] * 24 + [None] * 24)
    found = one(world.consumption(me, "2026-11-18", "2026-11-21", by="day"))
    # Not installed on the 18th; on the 20th it is 10 o'clock; the 21st is to come.
    assert [bucket["missing"] for bucket in found["buckets"]] == [0, Decimal("0.5"), 1, 0]


# --- directions and resources ---------------------------------------------------------------------------------------


def test_mt14_what_is_given_to_the_grid_is_a_series_of_its_own(world: UseWorld) -> None:
    meter = world.meter(zones=2, registers={"1.8.1": "day", "1.8.2": "night", "2.8.0": EXPORT})
    me = world.person()
    for register, used in (("1.8.1", "10"), ("1.8.2", "20"), ("2.8.0", "300")):
        rows = [("2026-09-20T10:00+05:00", "2026-09", "0"), ("2026-10-20T10:00+05:00", "2026-10", used)]
        world.readings(meter, rows, register=register)
    world.day(meter, "2026-10-02", [100] * 48)
    world.day(meter, "2026-10-02", [700] * 48, channel="2.29.0")
    taken, given = world.consumption(me, *OCTOBER)["series"]
    assert (taken["direction"], taken["total"], taken["zones"]) == (
        "import", 30, {"day": Decimal(10), "night": Decimal(20)},
    )  # fmt: skip
    assert (given["direction"], given["total"], given["zones"]) == ("export", 300, {EXPORT: Decimal(300)})
    taken, given = world.consumption(me, "2026-10-02", "2026-10-02", by="day")["series"]
    assert (taken["total"], given["total"]) == (Decimal("4.8"), Decimal("33.6"))


def test_mt7_heat_water_and_companies_meters_side_by_side(world: UseWorld) -> None:
    me = world.person()
    heat = world.meter(resource="heating", unit="Gcal", registers={"6.1.0": "single"})
    water = world.meter(resource="hot_water", unit="m3", registers={"8.1.0": "single"})
    power = world.meter(ratio="40")
    for meter, register, used in ((heat, "6.1.0", "1.234"), (water, "8.1.0", "5"), (power, "1.8.0", "1000")):
        rows = [("2026-09-20T10:00+05:00", "2026-09", "0"), ("2026-10-20T10:00+05:00", "2026-10", used)]
        world.readings(meter, rows, register=register)
    world.day(water, "2026-10-02", [3] * 24, step=60)
    found = {series["resource"]: series for series in world.consumption(me, *OCTOBER)["series"]}
    assert {name: (str(series["total"]), series["unit"]) for name, series in found.items()} == {
        "electricity": ("40000.000", "kWh"), "heating": ("1.234", "Gcal"), "hot_water": ("5.000", "m3"),
    }  # fmt: skip
    hours = world.consumption(me, "2026-10-02", "2026-10-02", by="hour", meter=water)
    assert one(hours)["total"] == Decimal("0.072")


# --- comparisons ----------------------------------------------------------------------------------------------------


def test_mt7_against_last_year_over_what_both_years_know(world: UseWorld) -> None:
    meter, me = world.meter(), world.person()
    months = [
        ("2025-08", "0"), ("2025-09", "100"), ("2025-10", "150"), ("2026-08", "900"), ("2026-09", "990"),
        ("2026-10", "1050"), ("2026-11", "1060"),
    ]  # fmt: skip
    world.readings(meter, [(f"{period}-20T10:00+05:00", period, value) for period, value in months])
    found = one(world.consumption(me, "2026-09-01", "2026-11-30", compare="last_year"))
    assert totals(found) == {"2026-09": "90", "2026-10": "60", "2026-11": "10"}
    assert [bucket["last_year"] for bucket in found["buckets"]] == [Decimal(100), Decimal(50), None]
    assert found["last_year"] == {"total": Decimal(150), "before": Decimal(150), "buckets": 2}
    assert one(world.consumption(me, "2026-09-01", "2026-11-30"))["last_year"] is None


def test_mt7_days_and_hours_against_the_same_ones_of_last_year(world: UseWorld) -> None:
    meter, me = world.meter(), world.person()
    world.day(meter, "2026-10-02", [100] * 48)
    world.day(meter, "2025-10-02", [200] * 24 + [None] * 24)
    found = one(world.consumption(me, "2026-10-02", "2026-10-02", by="hour", compare="last_year"))
    assert [bucket["last_year"] for bucket in found["buckets"]] == [Decimal("0.4")] * 12 + [None] * 12
    assert found["last_year"] == {"total": Decimal("2.4"), "before": Decimal("4.8"), "buckets": 12}
    found = one(world.consumption(me, "2026-10-02", "2026-10-02", by="day", compare="last_year"))
    assert found["last_year"] == {"total": Decimal("4.8"), "before": Decimal("4.8"), "buckets": 1}


# --- who may ask for what -------------------------------------------------------------------------------------------


def test_mt7_another_ones_meter_or_account_does_not_exist(world: UseWorld) -> None:
    mine, theirs, me = world.meter(), world.meter("7400000002"), world.person()
    world.person("7400000002")
    assert one(world.consumption(me, *OCTOBER, meter=mine))["meters"] == [mine]
    for asked in ({"meter": theirs}, {"account": account_id(URAL, "7400000002")}, {"meter": new_id()}):
        assert refused(lambda asked=asked: world.consumption(me, *OCTOBER, **asked)).code == "not_found"
        if "meter" in asked:
            assert refused(lambda asked=asked: world.data(me, asked["meter"], *OCTOBER)).code == "not_found"
    payer = world.person(scopes=("pay",))
    assert refused(lambda: world.consumption(payer, *OCTOBER)).code == "not_found"
    assert refused(lambda: world.data(payer, mine, *OCTOBER)).code == "not_found"


@pytest.mark.parametrize(
    ("first", "last", "asked"),
    [
        ("2026-10-02", "2026-10-01", {}),
        ("2026-10-01", "2026-11-01", {"by": "hour"}),
        ("2025-10-01", "2026-10-02", {"by": "day"}),
        ("2020-01-01", "2026-10-01", {}),
        ("2026-10-01", "2026-10-31", {"by": "day", "compare": "similar"}),
    ],
)
def test_mt7_ranges_are_bounded_and_the_error_says_how(
    world: UseWorld, first: str, last: str, asked: dict[str, Any]
) -> None:
    world.meter()
    error = refused(lambda: world.consumption(world.person(), first, last, **asked))
    assert error.code == "validation_failed" and faults_of(error) in (["/last_day"], ["/compare"])


def test_mt7_the_longest_ranges_pass(world: UseWorld) -> None:
    world.meter()
    me = world.person()
    assert len(one(world.consumption(me, "2026-10-01", "2026-10-31", by="hour"))["buckets"]) == 744
    assert len(one(world.consumption(me, "2025-10-02", "2026-10-02", by="day"))["buckets"]) == 366
    assert len(one(world.consumption(me, "2023-11-01", "2026-10-31"))["buckets"]) == 36
    assert (
        len(one(world.consumption(me, "2025-10-02", "2026-10-02", by="day", compare="last_year"))["buckets"])
        == 366
    )


def test_mt7_an_account_without_meters_has_no_series(world: UseWorld) -> None:
    answer = world.consumption(world.person(), *OCTOBER, compare="last_year")
    assert (answer["series"], answer["time_zone"]) == ([], None)

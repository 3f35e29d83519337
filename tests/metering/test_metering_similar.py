"""Similar homes: counted page by page, quartiles of at least ten, nobody's own figure (MT-7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from chassis.clock import FixedClock
from chassis.database import Database, make_engine
from contracts.identifiers import account_id
from services.metering.handlers import similar
from services.metering.service import MeteringService
from tests.metering.use_world import URAL, UseWorld
from tests.support_code.waiting import eventually

MONTHS = ["2026-10"]


@pytest.fixture
def world(service_database: Callable[[str], str]) -> Iterator[UseWorld]:
    """Metering's own database, empty, on the 20th of November 2026."""
    engine = make_engine(service_database("metering"), 4)
    yield UseWorld(Database(engine))
    engine.dispose()


def home(world: UseWorld, number: int, used: str, **line: Any) -> str:
    """An account with a meter that used so much in October."""
    meter = world.meter(f"74000{number:05d}", **line)
    closing = str(100 + Decimal(used))
    world.readings(
        meter, [("2026-09-22T10:00+05:00", "2026-09", "100"), ("2026-10-22T10:00+05:00", "2026-10", closing)]
    )
    return meter


def pages(world: UseWorld, most: int = 100) -> int:
    """Work until nothing is left, a transaction a page; how many there were."""
    for done in range(most):
        with world.database.transaction() as tx:
            if not similar.page(tx, URAL, MONTHS, world.now):
                return done
    raise AssertionError("it never ends")


def asked(world: UseWorld, number: int) -> Any:
    """What the person of an account sees of others in October."""
    full = f"74000{number:05d}"
    answer = world.consumption(
        world.person(full), "2026-10-01", "2026-10-31", account=account_id(URAL, full), compare="similar"
    )
    return [series["buckets"][0]["similar"] for series in answer["series"]]


def test_mt7_quartiles_of_similar_homes(world: UseWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 101):
        home(world, number, str(number * 10))
    monkeypatch.setattr(similar, "PAGE", 7)
    # Every page is its own transaction: 100 / 7 pages, then the quartiles.
    assert pages(world) == 16
    [found] = asked(world, 1)
    assert found == {"homes": 100, "lower": Decimal(250), "median": Decimal(500), "upper": Decimal(750)}
    assert world.rows("select 1 from similar_homes_bin") == []
    assert pages(world) == 0


def test_mt7_fewer_than_ten_homes_are_not_compared(world: UseWorld) -> None:
    for number in range(1, 10):
        home(world, number, "100")
    pages(world)
    assert asked(world, 1) == [None]
    assert world.rows("select 1 from similar_homes") == world.rows("select 1 from similar_homes_bin") == []


def test_mt7_ten_are(world: UseWorld) -> None:
    for number in range(1, 11):
        home(world, number, "100")
    pages(world)
    assert [found["homes"] for found in asked(world, 1)] == [10]
    assert asked(world, 1)[0]["median"] == Decimal(100)


def test_mt7_only_like_is_compared_with_like(world: UseWorld) -> None:
    for number in range(1, 11):
        home(world, number, "100")
        home(world, 100 + number, "5000", ratio="40")
        home(world, 200 + number, "3", resource="heating", unit="Gcal")
    for number in range(301, 311):
        meter = world.meter(f"74000{number:05d}", zones=2)
        for register in ("1.8.1", "1.8.2"):
            rows = [("2026-09-22T10:00+05:00", "2026-09", "0"), ("2026-10-22T10:00+05:00", "2026-10", "200")]
            world.readings(meter, rows, register=register)
    pages(world)
    found = [asked(world, number)[0] for number in (1, 101, 201, 301)]
    assert [(one["homes"], one["median"]) for one in found] == [
        (10, Decimal(100)), (10, Decimal(200_000)), (10, Decimal(3)), (10, Decimal(400)),
    ]  # fmt: skip


def test_mt7_a_home_is_an_account_with_all_its_meters(world: UseWorld) -> None:
    for number in range(1, 11):
        home(world, number, "60")
        home(world, number, "40")
    pages(world)
    [found] = asked(world, 1)
    assert (found["homes"], found["median"]) == (10, Decimal(100))


@pytest.mark.parametrize(
    "spoiled",
    ["not read", "changed", "used nothing", "went back", "new", "read too long ago", "export only"],
)
def test_mt7_homes_whose_month_is_not_known_do_not_count(world: UseWorld, spoiled: str) -> None:
    for number in range(1, 11):
        home(world, number, "100")
    meter = home(world, 11, "0" if spoiled == "used nothing" else "100")
    change = {
        "not read": "update register_reading set period = '2026-11' where meter = cast(:meter as uuid) and value > 100",
        "changed": "update meter set removed_on = '2026-10-15' where id = cast(:meter as uuid)",
        "used nothing": "select 1",
        "went back": """update register_reading set value = value - 150
                        where meter = cast(:meter as uuid) and value > 100""",
        "new": "update meter set installed_on = '2026-10-02' where id = cast(:meter as uuid)",
        "read too long ago": """update register_reading set period = '2026-08'
                                where meter = cast(:meter as uuid) and value = 100""",
        "export only": "update register set zone = 'export' where meter = cast(:meter as uuid)",
    }[spoiled]
    with world.database.transaction() as tx:
        tx.run(change, meter=meter)
    pages(world)
    assert [found["homes"] for found in asked(world, 1)] == [10]


def test_mt7_a_register_that_rolled_over_counts(world: UseWorld) -> None:
    for number in range(1, 10):
        home(world, number, "100")
    meter = world.meter("7400000010", digits=5)
    world.readings(
        meter, [("2026-09-22T10:00+05:00", "2026-09", "99950"), ("2026-10-22T10:00+05:00", "2026-10", "50")]
    )
    pages(world)
    assert [found["homes"] for found in asked(world, 1)] == [10]


def test_mt7_interval_data_stands_in_where_no_register_is_read(world: UseWorld) -> None:
    for number in range(1, 10):
        home(world, number, "100")
    for number, days in ((10, 31), (11, 30)):
        meter = world.meter(f"74000{number:05d}")
        for day in range(1, days + 1):
            world.day(meter, f"2026-10-{day:02d}", [100] * 48)
    pages(world)
    # The one with a day missing is not compared.
    assert [found["homes"] for found in asked(world, 1)] == [10]


def test_mt7_what_dies_in_the_middle_goes_on_where_it_stopped(
    world: UseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 31):
        home(world, number, "100")
    monkeypatch.setattr(similar, "PAGE", 10)
    with world.database.transaction() as tx:
        assert similar.page(tx, URAL, MONTHS, world.now)
    with pytest.raises(RuntimeError):
        with world.database.transaction() as tx:
            similar.page(tx, URAL, MONTHS, world.now)
            raise RuntimeError("killed before the commit")
    assert [row["homes"] for row in world.rows("select homes from similar_homes_bin")] == [10]
    pages(world)
    assert [found["homes"] for found in asked(world, 1)] == [30]


def test_mt7_the_job_compares_the_months_that_are_settled(
    world: UseWorld, run_service: Callable[..., Any]
) -> None:
    for number in range(1, 11):
        home(world, number, "100")
    run_service(MeteringService, clock=FixedClock(datetime(2026, 11, 20, 5, tzinfo=UTC)))
    done = "select count(*) as runs from similar_homes_run where provider = :provider and finished_at is not null"
    eventually(lambda: world.rows(done, provider=URAL)[0]["runs"] == 13)
    assert [row["period"] for row in world.rows("select period from similar_homes")] == ["2026-10"]

"""Green Button, CSV and XLSX of a meter (MT-12): made, then read back by others' libraries."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from lxml import etree

from authorisation.subject import Subject
from chassis.clock import FixedClock
from chassis.database import Database, make_engine
from contracts.errors import CabinetError
from contracts.identifiers import account_id
from contracts.wording import LANGUAGES, word, words
from contracts.zones import EXPORT
from services.metering.adapters.exports import FORMATS, file_name, render
from services.metering.adapters.exports.csv import as_text
from services.metering.adapters.exports.daylight import NEVER, dst_rules
from services.metering.adapters.exports.espi import COMMODITIES, UNITS
from services.metering.domain.intervals import day_bounds
from services.metering.service import MeteringService
from tests.metering.use_world import KYIV, NUMBER, TIME_ZONES, URAL, UseWorld
from tests.support_code.bus import calling
from tests.support_code.tokens import Tokens

ATOM, ESPI = "{http://www.w3.org/2005/Atom}", "{http://naesb.org/espi}"
SCHEMA = etree.XMLSchema(etree.parse(str(Path(__file__).parent / "data" / "espi" / "espi.xsd")))


@pytest.fixture
def world(service_database: Callable[[str], str]) -> Iterator[UseWorld]:
    """Metering's own database, empty, on the 20th of November 2026."""
    engine = make_engine(service_database("metering"), 4)
    yield UseWorld(Database(engine))
    engine.dispose()


class Feed:
    """A feed that the schema accepts, every resource of it."""

    def __init__(self, content: bytes) -> None:
        self.root = etree.fromstring(content, etree.XMLParser(resolve_entities=False))
        assert self.root.tag == f"{ATOM}feed"
        self.entries = self.root.findall(f"{ATOM}entry")
        self.ids = [entry.findtext(f"{ATOM}id") for entry in self.entries]
        self.links = {
            (link.get("rel"), link.get("href"))
            for entry in self.entries
            for link in entry.findall(f"{ATOM}link")
        }
        for entry in self.entries:
            [resource] = entry.find(f"{ATOM}content")
            SCHEMA.assertValid(etree.ElementTree(resource))
            names = Counter(etree.QName(child).localname for child in entry)
            assert {name: names[name] for name in ("id", "title", "updated", "content")} == {
                "id": 1, "title": 1, "updated": 1, "content": 1,
            }  # fmt: skip

    def all(self, name: str) -> list[Any]:
        """Resources of a kind."""
        return self.root.findall(f"{ATOM}entry/{ATOM}content/{ESPI}{name}")

    def one(self, name: str) -> Any:
        """The only one."""
        [found] = self.all(name)
        return found

    def values(self, block: int = 0) -> list[tuple[int, int, int, int | None]]:
        """(start, duration, value, quality) of a block."""
        return [
            (
                int(reading.findtext(f"{ESPI}timePeriod/{ESPI}start")),
                int(reading.findtext(f"{ESPI}timePeriod/{ESPI}duration")),
                int(reading.findtext(f"{ESPI}value")),
                int(reading.findtext(f"{ESPI}ReadingQuality/{ESPI}quality")),
            )
            for reading in self.all("IntervalBlock")[block].findall(f"{ESPI}IntervalReading")
        ]


def text(element: Any, *path: str) -> str:
    return str(element.findtext("/".join(f"{ESPI}{name}" for name in path)))


def midnight(day: int) -> datetime:
    """Of a day in October, as a spreadsheet has it: without a zone."""
    return datetime.fromisoformat(f"2026-10-{day:02d}")


def made(
    world: UseWorld,
    meter: str,
    first: str,
    last: str,
    kind: str,
    language: str = "en",
    who: Subject | None = None,
) -> bytes:
    """The file, unpacked."""
    content = render(kind, world.data(who or world.person(), meter, first, last), language)
    return gzip.decompress(content) if FORMATS[kind].gzipped else content


def feed(world: UseWorld, meter: str, first: str, last: str, **more: Any) -> Feed:
    return Feed(made(world, meter, first, last, "espi", **more))


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


# --- Green Button ---------------------------------------------------------------------------------------------------


def test_mt12_the_feed_has_every_resource_and_the_schema_accepts_them(world: UseWorld) -> None:
    meter = world.meter(serial='<&"Счётчик>')
    world.day(meter, "2026-10-01", [100] * 48)
    world.day(meter, "2026-10-02", [None] * 47 + [7])
    world.readings(meter, [("2026-10-02T00:00+05:00", "2026-10", "12.345")], "ami")
    world.readings(meter, [("2026-09-20T00:00+05:00", "2026-09", "2")])
    found = feed(world, meter, "2026-10-01", "2026-10-31")
    assert Counter(etree.QName(entry.find(f"{ATOM}content")[0]).localname for entry in found.entries) == {
        "LocalTimeParameters": 1, "UsagePoint": 1, "MeterReading": 2, "ReadingType": 2, "IntervalBlock": 3,
        "UsageSummary": 1,
    }  # fmt: skip
    assert found.root.findtext(f"{ATOM}title") == '<&"Счётчик>'
    assert text(found.one("UsagePoint"), "ServiceCategory", "kind") == "0"
    delta, bulk = found.all("ReadingType")
    assert {etree.QName(item).localname: item.text for item in delta} == {
        "accumulationBehaviour": "4", "commodity": "1", "dataQualifier": "12", "flowDirection": "1",
        "intervalLength": "1800", "kind": "12", "powerOfTenMultiplier": "0", "uom": "72",
    }  # fmt: skip
    assert (text(bulk, "accumulationBehaviour"), text(bulk, "uom")) == ("1", "72")
    start = int(day_bounds(date(2026, 10, 1), TIME_ZONES[URAL])[0].timestamp())
    assert found.values(0) == [(start + 1800 * slot, 1800, 100, 14) for slot in range(48)]
    assert found.values(1) == [(start + 86_400 + 47 * 1800, 1800, 7, 14)]
    assert found.values(2) == [(start + 86_400, 0, 12_345, 14)]
    summary = found.one("UsageSummary")
    assert text(summary, "overallConsumptionLastPeriod", "value") == "10345"
    assert (text(summary, "billingPeriod", "start"), text(summary, "billingPeriod", "duration")) == (
        str(start), str(31 * 86_400),
    )  # fmt: skip


def test_mt12_identifiers_and_links_are_stable_and_lead_somewhere(world: UseWorld) -> None:
    meter, other = world.meter(), world.meter()
    for one in (meter, other):
        world.day(one, "2026-10-01", [100] * 48)
        world.day(one, "2026-10-02", [100] * 48)
    first = feed(world, meter, "2026-10-01", "2026-10-02")
    world.now += timedelta(days=1)
    again = feed(world, meter, "2026-10-02", "2026-10-02")
    assert len(set(first.ids)) == len(first.ids)
    # The second day's block and all that stands above it are the same things.
    assert set(again.ids) < set(first.ids)
    assert not set(first.ids) & set(feed(world, other, "2026-10-01", "2026-10-02").ids)
    ups = {href for rel, href in first.links if rel == "up"}
    selves = {href for rel, href in first.links if rel == "self"}
    related = {href for rel, href in first.links if rel == "related"}
    assert related <= ups | selves


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
@pytest.mark.parametrize("step", [15, 30, 60])
def test_mt12_days_on_which_kyivs_clock_changes(world: UseWorld, day: str, hours: int, step: int) -> None:
    meter, me = world.meter(provider=KYIV, zones=2), world.person(provider=KYIV)
    world.day(meter, day, list(range(hours * 60 // step)), KYIV, step=step)
    found = feed(world, meter, day, day, who=me)
    block = found.one("IntervalBlock")
    assert text(block, "interval", "duration") == str(hours * 3600)
    values = found.values()
    assert [value for _, _, value, _ in values] == list(range(hours * 60 // step))
    assert values[0][0] == int(text(block, "interval", "start"))
    assert values[-1][0] + step * 60 == values[0][0] + hours * 3600
    parameters = found.one("LocalTimeParameters")
    assert (text(parameters, "tzOffset"), text(parameters, "dstOffset")) == ("7200", "3600")
    tous = [text(reading, "tou") for reading in block.findall(f"{ESPI}IntervalReading")]
    assert Counter(tous) == {"1": 16 * 60 // step, "2": (hours - 16) * 60 // step}


@pytest.mark.parametrize(
    ("zone", "year", "rules"),
    [
        # Last Sunday of March at 3, last Sunday of October at 4.
        ("Europe/Kyiv", 2026, (7200, 3600, 0x3E0E3000, 0xAE0E4000)),
        # Second Sunday of March, first of November, as published examples have them but for the operator.
        ("America/New_York", 2026, (-18000, 3600, 0x328E2000, 0xB21E2000)),
        ("Asia/Yekaterinburg", 2026, (18000, 0, NEVER, NEVER)),
        ("Asia/Yekaterinburg", 2014, (18000, 0, NEVER, NEVER)),
    ],
)
def test_mt12_daylight_rules(zone: str, year: int, rules: tuple[int, int, int, int]) -> None:
    assert tuple(dst_rules(ZoneInfo(zone), year)) == rules


def test_mt12_the_export_channel_flows_the_other_way(world: UseWorld) -> None:
    meter = world.meter(zones=2, ratio="20", registers={"1.8.1": "day", "1.8.2": "night", "2.8.0": EXPORT})
    world.day(meter, "2026-10-01", [100] * 48)
    world.day(meter, "2026-10-01", [1] * 48, channel="2.29.0")
    world.readings(meter, [("2026-10-02T00:00+05:00", "2026-10", "5")], register="2.8.0")
    found = feed(world, meter, "2026-10-01", "2026-10-02")
    types = [
        (text(one, "flowDirection"), text(one, "accumulationBehaviour")) for one in found.all("ReadingType")
    ]
    assert types == [("1", "4"), ("19", "4"), ("19", "1")]
    # Behind a transformer the values are "primary metered", the ratio in; its register is not.
    assert [text(one, "commodity") for one in found.all("ReadingType")] == ["2", "2", "1"]
    assert {value for _, _, value, _ in found.values(0)} == {2000}
    assert {value for _, _, value, _ in found.values(1)} == {20}
    assert found.values(2)[0][2] == 5000


@pytest.mark.parametrize(
    ("resource", "unit", "kind", "type_", "value"),
    [
        ("hot_water", "m3", "2", ("9", "58", "-3", "42"), 1500),
        ("heating", "Gcal", "4", ("12", "12", "0", "31"), 6_280_200_000),
        ("gas", "m3", "1", ("7", "58", "-3", "42"), 1500),
        ("electricity", "kWh", "0", ("1", "12", "0", "72"), 1500),
    ],
)
def test_mt12_water_heat_and_gas_in_units_that_espi_knows(
    world: UseWorld, resource: str, unit: str, kind: str, type_: tuple[str, ...], value: int
) -> None:
    meter = world.meter(resource=resource, unit=unit)
    world.day(meter, "2026-10-01", [1500] + [None] * 23, step=60)
    found = feed(world, meter, "2026-10-01", "2026-10-01")
    assert text(found.one("UsagePoint"), "ServiceCategory", "kind") == kind
    names = ("commodity", "kind", "powerOfTenMultiplier", "uom")
    assert tuple(text(found.one("ReadingType"), name) for name in names) == type_
    assert [amount for _, _, amount, _ in found.values()] == [value]


def test_mt12_gaps_are_left_out_and_each_value_has_its_quality(world: UseWorld) -> None:
    meter = world.meter()
    world.day(meter, "2026-10-01", [1, None, None, 4] + [5] * 44)
    world.checked(meter, "2026-10-01", [1, 2, 3, 4] + [5] * 44, [17, 9, 8, 7] + [10] * 43 + [18])
    world.day(meter, "2026-10-02", [None, 6] + [None] * 46)
    found = feed(world, meter, "2026-10-01", "2026-10-02")
    assert [quality for *_, quality in found.values(0)] == [17, 9, 8, 7] + [10] * 43 + [18]
    assert [(value, quality) for _, _, value, quality in found.values(1)] == [(6, 14)]


def test_mt12_a_meter_that_only_people_read_has_a_feed_too(world: UseWorld) -> None:
    meter = world.meter(zones=2, automated=False)
    for register, step in (("1.8.1", 10), ("1.8.2", 1)):
        months = [
            (f"2026-0{month}-20T10:00+05:00", f"2026-0{month}", str(month * step)) for month in (6, 7, 8)
        ]
        world.readings(meter, months, register=register)
    found = feed(world, meter, "2026-07-01", "2026-08-31")
    assert [text(one, "tou") for one in found.all("ReadingType")] == ["1", "2"]
    assert [[value for _, _, value, _ in found.values(block)] for block in (0, 1)] == [
        [70000, 80000],
        [7000, 8000],
    ]
    assert len(found.all("UsageSummary")) == 2
    empty = feed(world, world.meter(), "2026-07-01", "2026-08-31")
    assert len(empty.entries) == 2


# --- CSV ------------------------------------------------------------------------------------------------------------


def test_mt12_csv_has_every_value_with_local_time_zone_and_quality(world: UseWorld) -> None:
    meter, me = world.meter(provider=KYIV, zones=2, serial="K1"), world.person(provider=KYIV)
    world.day(meter, "2026-10-25", [None] + [1234] * 49, KYIV)
    content = made(world, meter, "2026-10-25", "2026-10-25", "csv", who=me)
    assert content.startswith(b"\xef\xbb\xbf") and b"\r\n" in content
    rows = table(content)
    assert list(rows[0]) == [
        "Meter",
        "Start",
        "Minutes",
        "Direction",
        "Zone",
        "Consumption",
        "Unit",
        "Quality",
    ]
    assert len(rows) == 49
    assert list(rows[0].values()) == [
        "K1", "2026-10-25T00:30:00+03:00", "30", "consumption", "night", "1.234", "kWh", "not validated",
    ]  # fmt: skip
    assert len({row["Start"] for row in rows}) == 49
    assert Counter(row["Zone"] for row in rows) == {"night": 17, "day": 32}


@pytest.mark.parametrize("language", ["ru", "uk", "en"])
def test_mt12_the_header_is_in_the_persons_language(world: UseWorld, language: str) -> None:
    meter = world.meter(automated=False)
    world.readings(meter, [("2026-10-02T00:00+05:00", "2026-10", "5.5")], "operator")
    [row] = table(made(world, meter, "2026-10-01", "2026-10-31", "csv", language))
    labels = words(language, "downloads")
    assert list(row) == [
        labels[name] for name in ("meter", "at", "register", "direction", "zone", "reading", "unit", "source")
    ]
    assert (row[labels["reading"]], row[labels["source"]]) == ("5.5", word(language, "source", "operator"))


def test_mt12_sheets_have_names_of_their_own_in_every_language() -> None:
    for language in LANGUAGES:
        labels = words(language, "downloads")
        assert len({labels[name] for name in ("days", "values", "readings")}) == 3


@pytest.mark.parametrize(
    "serial", ["=1+1", "+7", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", '=HYPERLINK("x")', 'a"b,c\nd']
)
def test_mt12_no_cell_becomes_a_formula(world: UseWorld, serial: str) -> None:
    meter = world.meter(serial=serial, model=serial)
    world.day(meter, "2026-10-01", [100] * 48)
    rows = table(made(world, meter, "2026-10-01", "2026-10-01", "csv"))
    read = rows[0]["Meter"]
    assert read == (serial if serial[0] == "a" else f"'{serial}")
    book = openpyxl.load_workbook(io.BytesIO(made(world, meter, "2026-10-01", "2026-10-01", "xlsx")))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d", "inlineStr"}
    assert book["Meter"]["B1"].value.replace("_x000D_", "\r") == serial
    assert not {"/", "=", "\r", '"'} & set(
        file_name("csv", world.data(world.person(), meter, "2026-10-01", "2026-10-01"))
    )


def test_mt12_plain_texts_stay_as_they_are() -> None:
    assert [as_text(value) for value in ("", "M1", "a=b", "1-2")] == ["", "M1", "a=b", "1-2"]


def test_mt12_nothing_that_a_profile_names_is_without_a_word_or_a_code(world: UseWorld) -> None:
    for profile in world.tools.profiles.values():
        assert set(profile.units) <= set(COMMODITIES) and set(profile.units.values()) <= set(UNITS)
        for codes in profile.registers.values():
            for language in LANGUAGES:
                assert set(codes.values()) <= set(words(language, "values")["zone"])


# --- XLSX -----------------------------------------------------------------------------------------------------------


def test_mt12_the_spreadsheet_reads_back_with_a_chart_of_days(world: UseWorld) -> None:
    meter = world.meter(zones=2)
    world.day(meter, "2026-10-01", [100] * 48)
    world.day(meter, "2026-10-03", [250] * 48)
    world.readings(meter, [("2026-10-02T00:00+05:00", "2026-10", "12.345")], "ami", "1.8.1")
    book = openpyxl.load_workbook(io.BytesIO(made(world, meter, "2026-10-01", "2026-10-04", "xlsx", "ru")))
    labels = words("ru", "downloads")
    taken = word("ru", "direction", "import")
    assert book.sheetnames == [labels[name] for name in ("days", "values", "readings", "passport")]
    days = list(book[labels["days"]].iter_rows(values_only=True))
    assert [(row[0], row[2]) for row in days[1:]] == [
        (midnight(1), 4.8), (midnight(2), None), (midnight(3), 12),
        (midnight(4), None),
    ]  # fmt: skip
    [chart] = book[labels["days"]]._charts
    assert chart.series[0].val.numRef.f.endswith("$C$2:$C$5")
    values = list(book[labels["values"]].iter_rows(values_only=True))
    assert len(values) == 1 + 96
    assert values[1] == (
        midnight(1),
        "+05:00",
        30,
        taken,
        "ночь",
        0.1,
        word("ru", "quality", "raw"),
    )
    assert book[labels["values"]]["A2"].number_format == "yyyy-mm-dd hh:mm"
    readings = list(book[labels["readings"]].iter_rows(values_only=True))
    assert readings[1] == (
        midnight(2),
        "1.8.1",
        "день",
        taken,
        12.345,
        word("ru", "source", "ami"),
    )


def test_mt12_a_spreadsheet_without_any_data_opens(world: UseWorld) -> None:
    meter = world.meter()
    for language in LANGUAGES:
        book = openpyxl.load_workbook(
            io.BytesIO(made(world, meter, "2026-10-01", "2026-10-04", "xlsx", language))
        )
        assert len(book.sheetnames) == 3


# --- a year, and over the bus ---------------------------------------------------------------------------------------


def a_year(world: UseWorld, meter: str) -> None:
    with world.database.transaction() as tx:
        tx.run(
            """insert into interval_day (meter, channel, day, starts_at, step, amounts, received_at)
               select cast(:meter as uuid), '1.29.0', day, cast(day as timestamp) at time zone 'Asia/Yekaterinburg', 30,
                      array(select 100 + i % 7 from generate_series(1, 48) i), :now
               from (select cast(d as date) as day
                     from generate_series(timestamp '2025-10-01', timestamp '2026-09-30', interval '1 day') d) days""",
            meter=meter,
            now=world.now,
        )


@pytest.mark.parametrize("kind", ["espi", "csv", "xlsx"])
def test_mt12_a_year_of_half_hours_is_whole(world: UseWorld, kind: str) -> None:
    meter = world.meter(zones=2)
    a_year(world, meter)
    began = time.perf_counter()
    data = world.data(world.person(), meter, "2025-10-01", "2026-09-30")
    content = render(kind, data, "uk")
    # About a second on an idle machine; this only catches what became many times slower.
    assert time.perf_counter() - began < 30
    assert len(content) < 2_000_000
    if kind == "espi":
        found = Feed(gzip.decompress(content))
        assert sum(len(found.values(block)) for block in range(365)) == 17_520
    elif kind == "csv":
        rows = table(gzip.decompress(content))
        expected = sum(value.amount for value in data.values())
        assert len(rows) == 17_520 and sum(Decimal(row["Споживання"]) for row in rows) == expected
    else:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
        assert sum(1 for _ in book["По інтервалах"].iter_rows()) == 17_521


@pytest.mark.parametrize(("first", "last"), [("2026-10-02", "2026-10-01"), ("2025-09-30", "2026-10-01")])
def test_mt12_at_most_a_year_at_once(world: UseWorld, first: str, last: str) -> None:
    meter = world.meter()
    with pytest.raises(CabinetError, match="validation_failed"):
        world.data(world.person(), meter, first, last)


def test_mt12_mt7_over_the_bus(
    world: UseWorld, run_service: Callable[..., Any], rpc: Callable[..., Any], tokens: Tokens
) -> None:
    meter = world.meter(serial="M/1")
    me = world.person()
    a_year(world, meter)
    run_service(MeteringService, clock=FixedClock(datetime(2026, 11, 20, 5, tzinfo=UTC)))
    days = {"first_day": "2025-10-01", "last_day": "2026-09-30"}
    with calling(tokens.person(me.id)):
        answer = rpc("metering", deadline=30.0).download(meter=meter, format="espi", language="uk", **days)
        assert (answer["name"], answer["media"], answer["encoding"]) == (
            "M_1_2025-10-01_2026-09-30.xml", "application/atom+xml", "gzip",
        )  # fmt: skip
        assert len(Feed(gzip.decompress(base64.b64decode(answer["content"]))).all("IntervalBlock")) == 365
        answer = rpc("metering", deadline=30.0).download(meter=meter, format="xlsx", **days)
        assert base64.b64decode(answer["content"]).startswith(b"PK") and answer["encoding"] == ""
        [series] = rpc("metering").consumption(account=account_id(URAL, NUMBER), **days)["series"]
        assert [bucket["start"] for bucket in series["buckets"]][:2] == ["2025-10", "2025-11"]
        assert series["buckets"][0]["basis"] == ["intervals"]
        [series] = rpc("metering").consumption(
            meter=meter, by="hour", first_day="2026-09-30", last_day="2026-09-30"
        )["series"]
        assert series["buckets"][1]["start"] == "2026-09-30T01:00:00+05:00"
        for wrong in (
            {"meter": meter, "account": account_id(URAL, NUMBER), **days},
            days,
            {"meter": meter, "first_day": "0001-01-01", "last_day": "0001-01-02"},
            {"meter": meter, "first_day": "9999-12-01", "last_day": "9999-12-31"},
            {"meter": meter, "by": "week", **days},
            {"meter": meter, "compare": "everybody", **days},
        ):
            with pytest.raises(CabinetError, match="validation_failed"):
                rpc("metering").consumption(**wrong)
        with pytest.raises(CabinetError, match="validation_failed"):
            rpc("metering").download(meter=meter, format="pdf", **days)

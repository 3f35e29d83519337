"""A file of readings from an operator (MT-10): dry run, line by line, good ones in, bad ones listed."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorisation.subject import Subject
from contracts.identifiers import new_id
from contracts.import_files import BadLine, text_of
from services.metering.domain.reading_file import ONLY, ReadingLine, read_readings
from services.metering.handlers import reading_imports
from tests.metering.world import URAL, World, local, refused, register_line

STAFF = Subject("person", new_id(), "", frozenset({"operator"}))
HEAD = "account_number;serial;values;read_on;confirmed"


def hand_in(world: World, *lines: str, **more: Any) -> dict[str, Any]:
    request = {
        "provider": URAL,
        "csv": "\n".join([HEAD, *lines]),
        "dry_run": False,
        "period": None,
    } | more
    report: dict[str, Any] = world.do(reading_imports.import_readings, request, STAFF)
    return report


def only(line: str) -> ReadingLine | BadLine:
    good, bad = read_readings(f"{HEAD}\n{line}\n")
    [found] = [*good, *bad]
    return found


# --- the file -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "read"),
    [
        ("120", {ONLY: Decimal(120)}),
        ("120,5", {ONLY: Decimal("120.5")}),
        ("1 120.5", {ONLY: Decimal("1120.5")}),
        ("1.8.1=120 1.8.2=60,5", {"1.8.1": Decimal(120), "1.8.2": Decimal("60.5")}),
    ],
)
def test_mt_10_values_are_read_by_register_or_bare(values: str, read: dict[str, Decimal]) -> None:
    for day in ("2026-11-20", "20.11.2026"):
        assert only(f"7400000001;M1;{values};{day};") == ReadingLine(
            2, "7400000001", "M1", read, date(2026, 11, 20), False
        )


@pytest.mark.parametrize(
    ("line", "code", "column"),
    [
        (";M1;1;2026-11-20;", "value_missing", "account_number"),
        ("1;M1;;2026-11-20;", "value_missing", "values"),
        ("1;M1;x;2026-11-20;", "value_invalid", "values"),
        ("1;M1;-5;2026-11-20;", "value_invalid", "values"),
        ("1;M1;NaN;2026-11-20;", "value_invalid", "values"),
        ("1;M1;1.8.0=;2026-11-20;", "value_invalid", "values"),
        ("1;M1;1.8.0=1 1.8.0=2;2026-11-20;", "value_invalid", "values"),
        ("1;M1;1.8.0=-1;2026-11-20;", "value_invalid", "values"),
        ("1;M1;1;20/11/2026;", "value_invalid", "read_on"),
        ("1;M1;1;31.11.2026;", "value_invalid", "read_on"),
        ("1;M1;=1+1;2026-11-20;", "formula_cell", "values"),
        ("1;@M1;1;2026-11-20;", "formula_cell", "serial"),
    ],
)
def test_mt_10_each_fault_of_a_line_is_named(line: str, code: str, column: str) -> None:
    assert only(line) == BadLine(2, code, column)


cells = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["NaN", "1E+999999", "9" * 40, "1.8.0=1", "=", "1.8.0==", "20.11.2026", ".", "..", "\x00", '"']
    ),
)


@given(rows=st.lists(st.lists(cells, max_size=6), max_size=4), delimiter=st.sampled_from(";,"))
def test_mt_10_no_cells_break_the_reader(rows: list[list[str]], delimiter: str) -> None:
    lines = [HEAD.replace(";", delimiter), *(delimiter.join(row) for row in rows)]
    good, _ = read_readings("\n".join(lines))
    for line in good:
        assert all(value.is_finite() and value >= 0 for value in line.values.values())
        assert 1900 <= line.read_on.year <= 2200


@given(content=st.binary(max_size=300))
def test_mt_10_no_bytes_break_the_reader(content: bytes) -> None:
    read_readings(text_of(content))
    good, bad = read_readings(text_of(HEAD.encode() + b"\n" + content))
    assert all(line.line > 1 for line in [*good, *bad]) or not good


# --- what becomes of it ---------------------------------------------------------------------------------------------


def test_mt_10_good_lines_are_in_and_bad_ones_are_listed_with_line_code_and_column(world: World) -> None:
    one = world.meter("7400000001", "M1", opening="1.8.0=100")
    two = world.meter("7400000002", "M2", zones=2, opening="1.8.1=10 1.8.2=20")
    world.meter("7400000003", "M3", opening="1.8.0=100")
    for month in (8, 9, 10):
        world.now = local(f"2026-{month:02d}-20T10:00:00")
        world.submit(world.person("7400000003"), _id(world, "M3"), {"1.8.0": str(month * 20)}, confirmed=True)
    world.now = local("2026-11-21T10:00:00")
    lines = [
        "7400000001;M1;150;20.11.2026;",
        "7400000002;M2;1.8.1=30 1.8.2=25,5;2026-11-20;",
        "7400000002;M1;150;2026-11-20;",
        "7400000001;X;150;2026-11-20;",
        "7400000003;M3;199;2026-11-20;",
        "7400000003;;199;2026-11-20;",
    ]
    dry = hand_in(world, *lines, dry_run=True)
    assert len(world.announced("reading_accepted")) == 3
    report = hand_in(world, *lines)
    assert report | {"dry_run": True, "added": 0} == dry
    assert [(bad["line"], bad["code"], bad["column"]) for bad in report["bad"]] == [
        (4, "serial_repeated", "serial"),
        (5, "meter_unknown", "serial"),
        (6, "reading_below_last", "values"),
        (7, "value_missing", "serial"),
    ]
    assert (report["lines"], report["good"], report["added"], report["unchanged"]) == (6, 2, 2, 0)
    assert [counts for _, _, counts in world.versions(one)] == [True, True]
    assert world.quantities("2026-11", "7400000002")[1]["consumption"] == Decimal("5.5")
    [first, second] = world.announced("reading_accepted")[3:]
    assert {first["origin"], second["origin"]} == {"operator"}
    assert {first["meter"], second["meter"]} == {one, two}
    assert (first["person"], first["in_time"], first["period"]) == (STAFF.id, True, "2026-11")


def _id(world: World, serial: str) -> str:
    [row] = world.rows("select id::text from meter where serial = :serial", serial=serial)
    return str(row["id"])


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("7400000001;M1;1.8.1=150;2026-11-20;", "registers_incomplete"),
        ("7400000001;M1;99;2026-11-20;", "reading_below_last"),
        ("7400000001;M1;150.12345;2026-11-20;", "reading_too_precise"),
        ("7400000001;M1;1500000;2026-11-20;", "reading_too_long"),
        ("7400000001;M1;150;2026-11-22;", "reading_in_future"),
        ("7400000009;M1;150;2026-11-20;", "meter_unknown"),
    ],
)
def test_mt_10_a_line_is_held_against_the_rules_of_mt_4(world: World, line: str, code: str) -> None:
    meter = world.meter(opening="1.8.0=100")
    world.now = local("2026-11-21T10:00:00")
    report = hand_in(world, line)
    assert [bad["code"] for bad in report["bad"]] == [code]
    assert (report["good"], len(world.versions(meter))) == (0, 1)


def test_mt_10_the_same_file_again_changes_nothing_and_a_corrected_one_corrects(world: World) -> None:
    meter = world.meter(opening="1.8.0=100")
    line = "7400000001;M1;150;2026-11-20;"
    assert hand_in(world, line)["added"] == 1
    world.later(days=1)
    report = hand_in(world, line)
    assert (report["good"], report["added"], report["unchanged"]) == (1, 0, 1)
    assert len(world.announced("reading_accepted")) == 1
    assert hand_in(world, line.replace("150", "155"))["added"] == 1
    assert world.versions(meter) == [(1, "100", True), (1, "150", False), (1, "155", True)] or (
        world.versions(meter)[-1] == (2, "155", True)
    )


def test_mt_10_a_paper_does_not_undo_what_the_customer_sent_later(world: World) -> None:
    meter, who = world.meter(opening="1.8.0=100"), world.person()
    world.submit(who, meter, {"1.8.0": "160"})
    report = hand_in(world, "7400000001;M1;150;2026-11-15;")
    assert [bad["code"] for bad in report["bad"]] == ["newer_reading_there"]
    assert world.quantities("2026-11")[0]["closing"] == 160


def test_mt_10_a_jump_is_listed_and_taken_when_the_line_confirms_it(world: World) -> None:
    meter = world.meter(opening="1.8.0=0", installed_on="2026-07-01")
    for month in (8, 9, 10):
        world.now = local(f"2026-{month:02d}-20T10:00:00")
        world.submit(world.person(), meter, {"1.8.0": str(10 * month)}, confirmed=True)
    world.now = local("2026-11-20T10:00:00")
    report = hand_in(world, "7400000001;M1;900;2026-11-20;")
    assert report["bad"] == [{"line": 2, "code": "reading_jump", "column": "values"}]
    assert hand_in(world, "7400000001;M1;900;2026-11-20;да")["added"] == 1


def test_mt_10_lines_count_for_the_month_of_their_day_or_for_the_one_that_is_named(world: World) -> None:
    meter = world.meter(opening="1.8.0=100")
    hand_in(world, "7400000001;M1;150;2026-10-28;")
    hand_in(world, "7400000001;M1;140;2026-10-28;", period="2026-10")
    periods = world.rows(
        "select period from submission where meter = cast(:meter as uuid) order by period", meter=meter
    )
    assert [row["period"] for row in periods] == ["2026-10", "2026-11"]


def test_mt_10_an_unknown_provider_is_refused(world: World) -> None:
    assert refused(lambda: hand_in(world, provider="nobody")).code == "unknown_provider"


@pytest.mark.slow
def test_mt_10_ten_thousand_lines_take_seconds_and_no_statement_a_line(world: World) -> None:
    """On an ordinary machine some two seconds; the bound tells that from a statement a line, which takes minutes."""
    count, page = 10_000, 5_000
    for begin in range(0, count, page):
        world.import_lines(
            *(register_line(f"74{n:08d}", f"S{n}", opening="1.8.0=100") for n in range(begin, begin + page))
        )
    lines = [f"74{n:08d};S{n};{150 + n % 50};2026-11-20;" for n in range(count)]
    lines[7] = lines[7].replace(";157;", ";57;")
    began = time.perf_counter()
    report = hand_in(world, *lines)
    took = time.perf_counter() - began
    print(f"{count} lines in {took:.1f} s")
    assert (report["added"], report["bad"]) == (
        count - 1,
        [{"line": 9, "code": "reading_below_last", "column": "values"}],
    )
    assert took < 60
    [stored] = world.rows("select count(*) as n from outbox where routing_key = 'reading_accepted'")
    assert stored["n"] == count - 1
    began = time.perf_counter()
    assert hand_in(world, *lines)["unchanged"] == count - 1
    print(f"again in {time.perf_counter() - began:.1f} s")

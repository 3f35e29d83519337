"""The supplier's file of meters (MT-1, MT-10): CSV, line by line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.import_files import BadLine, read_number, text_of
from services.metering.domain.meter_file import MeterLine, read_file
from tests.metering.world import HEADER, register_line

REGISTERS = {
    "electricity-1": {"1.8.0": "single"},
    "electricity-2": {"1.8.1": "day", "1.8.2": "night"},
}
EXPORT = {"2.8.0": "export"}
GOOD = register_line("7400000001", "M1")


def known(resource: str, zones: int, export: bool) -> dict[str, str]:
    found = REGISTERS.get(f"{resource}-{zones}", {})
    return found | EXPORT if found and export else found


def only(line: str) -> MeterLine | BadLine:
    good, bad = read_file(f"{HEADER}\n{line}\n", known)
    [found] = [*good, *bad]
    return found


def test_mt10_a_full_line_is_read_with_every_column() -> None:
    text = (
        "account_number,serial,resource,zones,digits,decimals,ratio,automated,installed_on,next_verification_on,"
        "model,opening\n7400000001,M1,electricity,2,5,1,40,yes,2026-01-31,2031-05-01,Меркурий 200,1.8.1=12.5 1.8.2=3\n"
    )
    good, bad = read_file(text, known)
    assert bad == []
    opening = {"1.8.1": Decimal("12.5"), "1.8.2": Decimal(3)}
    assert good == [
        MeterLine(
            2, "7400000001", "M1", "electricity", 2, 5, 1, Decimal(40), True,
            date(2026, 1, 31), date(2031, 5, 1), "Меркурий 200", opening, None, REGISTERS["electricity-2"],
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", [f"\ufeff{HEADER}\n{GOOD}", f"{HEADER}\r\n{GOOD}\r\n", f"{HEADER}\r{GOOD}\r"]
)
def test_mt10_a_byte_order_mark_and_any_line_end_are_taken(text: str) -> None:
    for delimiter in ";,":
        good, bad = read_file(text.replace(";", delimiter), known)
        assert ([line.serial for line in good], bad) == (["M1"], [])


@pytest.mark.parametrize(
    ("line", "code", "column"),
    [
        (register_line("", "M1"), "value_missing", "account_number"),
        (register_line("1", "  "), "value_missing", "serial"),
        (register_line("1", "M1", installed_on=""), "value_missing", "installed_on"),
        (register_line("1", "M1", resource="gas"), "resource_unknown", "resource"),
        (register_line("1", "M1", zones=3), "resource_unknown", "resource"),
        ("1;M1;electricity;one;6;0;1;2026-01-01;", "value_invalid", "zones"),
        (register_line("1", "M1", installed_on="31.01.2026"), "value_invalid", "installed_on"),
        (register_line("1", "M1", installed_on="0001-01-01"), "value_invalid", "installed_on"),
        (register_line("1", "M1", digits=0), "value_invalid", "digits"),
        (register_line("1", "M1", digits=10), "value_invalid", "digits"),
        (register_line("1", "M1", decimals=7), "value_invalid", "digits"),
        (register_line("1", "M1", ratio="0"), "value_invalid", "ratio"),
        (register_line("1", "M1", ratio="x"), "value_invalid", "ratio"),
        (register_line("1", "M1", ratio="NaN"), "value_invalid", "ratio"),
        (register_line("1", "M1", ratio="Infinity"), "value_invalid", "ratio"),
        (register_line("1", "M1", opening="1.8.1=5"), "register_unknown", "opening"),
        (register_line("1", "M1", opening="1.8.0"), "value_invalid", "opening"),
        (register_line("1", "M1", opening="1.8.0=NaN"), "value_invalid", "opening"),
        (register_line("1", "M1", opening="1.8.0=-1"), "value_invalid", "opening"),
        (register_line("1", "M1", digits=4, opening="1.8.0=10000"), "value_invalid", "opening"),
        (register_line("1", "M\0"), "value_invalid", ""),
        ("1;" + "9" * 140_000, "line_unreadable", ""),
    ],
)
def test_mt10_each_fault_of_a_line_has_its_code_and_column(line: str, code: str, column: str) -> None:
    assert only(line) == BadLine(2, code, column)


FULL = f"{HEADER};export;replaces;closing;verified_on"


@pytest.mark.parametrize(
    ("line", "code", "column"),
    [
        ("1;M1;electricity;1;6;0;1;2026-01-01;1.8.0=1;;OLD;;", "value_missing", "closing"),
        ("1;M1;electricity;1;6;0;1;2026-01-01;1.8.0=1;;;1.8.0=9;", "value_missing", "opening"),
        ("1;M1;electricity;1;6;0;1;2026-01-01;;;OLD;1.8.0=9;", "value_missing", "opening"),
        ("1;M1;electricity;1;6;0;1;2026-01-01;1.8.0=1;;M1;1.8.0=9;", "value_invalid", "replaces"),
        ("1;M1;electricity;1;6;0;1;2026-01-01;1.8.0=1;;OLD;1.8.0=x;", "value_invalid", "closing"),
        ("1;M1;electricity;1;6;0;1;2026-01-01;1.8.0=1 1.8.0=2;;;;", "value_invalid", "opening"),
        ("1;M1;electricity;1;6;0;1;2026-01-01;;;;;2026-02-30", "value_invalid", "verified_on"),
    ],
)
def test_mt1_a_replacement_needs_the_readings_of_both_meters(line: str, code: str, column: str) -> None:
    assert read_file(f"{FULL}\n{line}", known) == ([], [BadLine(2, code, column)])


def test_mt14_a_meter_of_a_solar_home_has_a_register_for_what_it_gives() -> None:
    line = "1;M1;electricity;2;6;0;1,5;2026-01-01;1.8.1=1,5 2.8.0=3;yes;OLD;1.8.0=9;2026-01-01"
    _, bad = read_file(f"{FULL}\n{line}", known)
    assert bad == [BadLine(2, "value_missing", "opening")]
    [found], bad = read_file(f"{FULL}\n{line.replace('1.8.1=1,5', '1.8.1=1,5 1.8.2=0')}", known)
    assert (bad, found.registers) == ([], {"1.8.1": "day", "1.8.2": "night", "2.8.0": "export"})
    assert found.opening == {"1.8.1": Decimal("1.5"), "1.8.2": Decimal(0), "2.8.0": Decimal(3)}
    assert (found.ratio, found.replaces, found.closing) == (Decimal("1.5"), "OLD", {"1.8.0": Decimal(9)})


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd|x", "=HYPERLINK(1)"])
def test_mt10_a_cell_that_a_spreadsheet_would_compute_is_refused(cell: str) -> None:
    assert only(register_line("1", cell)) == BadLine(2, "formula_cell", "serial")


def test_mt10_a_number_that_a_spreadsheet_keeps_as_text_is_read() -> None:
    for cell in ('="0012"', '"=""0012"""'):
        found = only(register_line("1", cell))
        assert isinstance(found, MeterLine) and found.serial == "0012"


TEXT = f"{HEADER};model\n{GOOD};Меркурий «200» № 7"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_mt10_a_file_is_read_in_whichever_encoding_it_is_written(encoding: str) -> None:
    [found], bad = read_file(text_of(TEXT.encode(encoding)), known)
    assert (found.model, bad) == ("Меркурий «200» № 7", [])


@given(content=st.binary(max_size=200))
def test_mt10_no_bytes_break_the_reader(content: bytes) -> None:
    for head in (b"", HEADER.encode() + b"\n", b"\xff\xfe", b"\xfe\xff"):
        good, _ = read_file(text_of(head + content), known)
        assert all(line.serial for line in good)


@pytest.mark.parametrize(
    ("text", "number"), [("12,5", "12.5"), ("1 234,5", "1234.5"), ("1\u00a0000", "1000"), ("0012", "12")]
)
def test_mt10_numbers_are_read_as_they_are_written_here(text: str, number: str) -> None:
    assert read_number(text) == Decimal(number)


def test_mt10_missing_columns_are_named_at_once() -> None:
    assert read_file("serial;zones\nM1;1\n", known) == (
        [],
        [BadLine(1, "column_missing", "account_number,resource,installed_on")],
    )
    assert read_file("", known)[1][0].code == "column_missing"


def test_mt10_good_lines_pass_beside_bad_ones_and_numbers_are_those_of_the_file() -> None:
    lines = [HEADER, GOOD, "", register_line("", "M2"), GOOD, register_line("2", "M3")]
    good, bad = read_file("\n".join(lines), known)
    assert [(line.line, line.serial) for line in good] == [(2, "M1"), (6, "M3")]
    assert bad == [
        BadLine(4, "value_missing", "account_number"),
        BadLine(5, "serial_repeated", "serial"),
    ]


cells = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "NaN", "sNaN", "-Infinity", "1E+999999", "9" * 30, "2026-02-30", "electricity", "1", "2", "1.8.0=1",
            "1.8.0=sNaN", '"', "\r", "\0", "0001-01-01",
        ]
    ),
)  # fmt: skip


@given(text=st.one_of(st.text(max_size=200), st.text(max_size=100).map(lambda rest: f"{HEADER}\n{rest}")))
def test_mt10_no_text_breaks_the_reader(text: str) -> None:
    good, bad = read_file(text, known)
    assert bad or all(line.serial for line in good)


@given(rows=st.lists(st.lists(cells, max_size=11), max_size=4), delimiter=st.sampled_from(";,"))
def test_mt10_no_cells_break_the_reader_and_good_lines_are_sound(
    rows: list[list[str]], delimiter: str
) -> None:
    lines = [HEADER.replace(";", delimiter), *(delimiter.join(row) for row in rows)]
    good, _ = read_file("\n".join(lines), known)
    for line in good:
        assert line.ratio > 0 and line.account_number and line.serial
        assert all(0 <= value < 10**line.digits for value in line.opening.values())

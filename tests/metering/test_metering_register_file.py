"""The supplier's register of meters (MT-1, MT-10): CSV, line by line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.registers import BadLine
from services.metering.domain.meter_register import MeterLine, read_register
from tests.metering.world import HEADER, register_line

REGISTERS = {
    "electricity-1": {"1.8.0": "single"},
    "electricity-2": {"1.8.1": "day", "1.8.2": "night"},
}
GOOD = register_line("7400000001", "M1")


def only(line: str) -> MeterLine | BadLine:
    good, bad = read_register(f"{HEADER}\n{line}\n", REGISTERS)
    [found] = [*good, *bad]
    return found


def test_mt10_a_full_line_is_read_with_every_column() -> None:
    text = (
        "account_number,serial,resource,zones,digits,decimals,ratio,automated,installed_on,next_verification_on,"
        "model,opening\n7400000001,M1,electricity,2,5,1,40,yes,2026-01-31,2031-05-01,Меркурий 200,1.8.1=12.5 1.8.2=3\n"
    )
    good, bad = read_register(text, REGISTERS)
    assert bad == []
    opening = {"1.8.1": Decimal("12.5"), "1.8.2": Decimal(3)}
    assert good == [
        MeterLine(
            2, "7400000001", "M1", "electricity", 2, 5, 1, Decimal(40), True,
            date(2026, 1, 31), date(2031, 5, 1), "Меркурий 200", opening,
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", [f"\ufeff{HEADER}\n{GOOD}", f"{HEADER}\r\n{GOOD}\r\n", f"{HEADER}\r{GOOD}\r"]
)
def test_mt10_a_byte_order_mark_and_any_line_end_are_taken(text: str) -> None:
    for delimiter in ";,":
        good, bad = read_register(text.replace(";", delimiter), REGISTERS)
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


def test_mt10_missing_columns_are_named_at_once() -> None:
    assert read_register("serial;zones\nM1;1\n", REGISTERS) == (
        [],
        [BadLine(1, "column_missing", "account_number,resource,installed_on")],
    )
    assert read_register("", REGISTERS)[1][0].code == "column_missing"


def test_mt10_good_lines_pass_beside_bad_ones_and_numbers_are_those_of_the_file() -> None:
    lines = [HEADER, GOOD, "", register_line("", "M2"), GOOD, register_line("2", "M3")]
    good, bad = read_register("\n".join(lines), REGISTERS)
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
    good, bad = read_register(text, REGISTERS)
    assert bad or all(line.serial for line in good)


@given(rows=st.lists(st.lists(cells, max_size=11), max_size=4), delimiter=st.sampled_from(";,"))
def test_mt10_no_cells_break_the_reader_and_good_lines_are_sound(
    rows: list[list[str]], delimiter: str
) -> None:
    lines = [HEADER.replace(";", delimiter), *(delimiter.join(row) for row in rows)]
    good, _ = read_register("\n".join(lines), REGISTERS)
    for line in good:
        assert line.ratio > 0 and line.account_number and line.serial
        assert all(0 <= value < 10**line.digits for value in line.opening.values())

"""The supplier's file of accounts (BL-1): CSV, line by line."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.import_files import BadLine
from services.billing.domain.account_file import AccountLine, read_file
from services.billing.handlers.accounts import NUMBER
from tests.billing.world import HEADER, account_line

TARIFFS = {"electricity-1": "electricity", "electricity-2": "electricity", "heating-1": "heating"}
FULL = "number,holder,address,people,area,kind,tariffs,delivery,language,opened_on"


def read(text: str) -> tuple[list[AccountLine], list[BadLine]]:
    return read_file(text, TARIFFS, NUMBER, date(2026, 11, 20))


def test_bl1_a_full_line_is_read_with_every_column() -> None:
    good, bad = read(
        f'{FULL}\n7400000001,"ООО «Дом», филиал","Ленина, 1",3,54.3,company,'
        "electricity-2 heating-1,both,uk,2026-01-31\n"
    )
    assert bad == []
    assert [replace(line, given=frozenset()) for line in good] == [
        AccountLine(
            2, "7400000001", "ООО «Дом», филиал", "Ленина, 1", 3, Decimal("54.3"), "company",
            ["electricity-2", "heating-1"], "both", "uk", date(2026, 1, 31),
        )
    ]  # fmt: skip


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_bl1_a_byte_order_mark_and_any_line_end_are_taken_and_defaults_filled(end: str) -> None:
    good, bad = read(
        f"\ufeffnumber;holder;address;tariffs;opened_on{end}1234;И;Д;electricity-1;2026-01-01{end}"
    )
    assert bad == []
    assert [(line.people, line.area, line.kind, line.delivery, line.language) for line in good] == [
        (1, 0, "person", "paper", "ru")
    ]


@pytest.mark.parametrize(
    ("line", "code", "column"),
    [
        (account_line(""), "value_missing", "number"),
        (account_line(opened_on=" "), "value_missing", "opened_on"),
        (account_line(tariffs=""), "value_missing", "tariffs"),
        (account_line("12"), "number_format", "number"),
        (account_line("=cmd()"), "formula_cell", "number"),
        (account_line(tariffs="gas"), "tariff_unknown", "tariffs"),
        (account_line(tariffs="electricity-1 electricity-2"), "tariff_repeated", "tariffs"),
        (account_line(tariffs="heating-1 heating-1"), "tariff_repeated", "tariffs"),
        (account_line(opened_on="01.02.2026"), "value_invalid", "opened_on"),
        (account_line(opened_on="0001-01-01"), "value_invalid", "opened_on"),
        (account_line(people=101), "value_invalid", "people,area"),
        (account_line(people=-1), "value_invalid", "people,area"),
        (account_line(area="x"), "value_invalid", "area"),
        (account_line(area="-1"), "value_invalid", "people,area"),
        (account_line(area="NaN"), "value_invalid", "people,area"),
        (account_line(area="Infinity"), "value_invalid", "people,area"),
        (account_line("7400\0"), "value_invalid", ""),
        ("1234;" + "И" * 140_000, "line_unreadable", ""),
    ],
)
def test_bl1_each_fault_of_a_line_has_its_code_and_column(line: str, code: str, column: str) -> None:
    good, bad = read(f"{HEADER}\n{line}\n{account_line('9999')}")
    assert bad == [BadLine(2, code, column)]
    assert [found.number for found in good] == ["9999"]


@pytest.mark.parametrize("value", ["pigeon", "EMAIL"])
def test_bl1_an_unknown_way_of_delivery_is_refused(value: str) -> None:
    assert read(f"{FULL}\n1234,И,Д,1,1,person,heating-1,{value},ru,2026-01-01")[1] == [
        BadLine(2, "value_invalid", "delivery,kind,language")
    ]


def test_bl1_missing_columns_and_repeated_numbers_are_told() -> None:
    assert read("number;holder\n1;И")[1] == [BadLine(1, "column_missing", "address,tariffs,opened_on")]
    good, bad = read("\n".join([HEADER, account_line(), "", account_line()]))
    assert (len(good), bad) == (1, [BadLine(4, "number_repeated", "number")])


cells = st.one_of(
    st.text(max_size=10),
    st.sampled_from(
        ["NaN", "sNaN", "-Infinity", "1E+999999", "9" * 30, "1234", "heating-1", "2026-01-01", '"', "\r"]
    ),
)


@given(rows=st.lists(st.lists(cells, max_size=8), max_size=4), delimiter=st.sampled_from(";,"))
def test_bl1_no_cells_break_the_reader_and_good_lines_are_sound(
    rows: list[list[str]], delimiter: str
) -> None:
    lines = [HEADER.replace(";", delimiter), *(delimiter.join(row) for row in rows)]
    for line in read("\n".join(lines))[0]:
        assert 0 <= line.people <= 100 and 0 <= line.area <= 100_000 and set(line.tariffs) <= set(TARIFFS)


@given(text=st.text(max_size=200))
def test_bl1_no_text_breaks_the_reader(text: str) -> None:
    good, bad = read(text)
    assert not good and bad

"""A file of readings that an operator hands in (MT-10): CSV lines, a meter each.

Columns: account_number, serial, values, read_on, confirmed. ``values`` holds ``1.8.1=1024 1.8.2=880``, or a bare number
for a meter with one register; ``read_on`` is the day of the reading, ``2026-11-20`` or ``20.11.2026``; ``confirmed``
takes an unusual reading as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from contracts import import_files
from contracts.import_files import BadLine, read_day, read_number
from services.metering.domain.meter_file import YES, read_values

REQUIRED = ("account_number", "serial", "values", "read_on")
#: Stands for the one register of a meter that has only one.
ONLY = ""


@dataclass(frozen=True)
class ReadingLine:
    """A good line; ``values`` by register, or under ONLY."""

    line: int
    account_number: str
    serial: str
    values: dict[str, Decimal]
    read_on: date
    confirmed: bool


def read_readings(text: str) -> tuple[list[ReadingLine], list[BadLine]]:
    """Good lines and bad ones."""
    return import_files.read_lines(text, REQUIRED, "serial", _read_line)


def _read_line(number: int, row: dict[str, str]) -> ReadingLine | BadLine:
    column = "values"
    try:
        text = row["values"]
        values = read_values(text) if "=" in text else {ONLY: read_number(text)}
        if any(value < 0 for value in values.values()):
            raise ValueError(text)
        column = "read_on"
        read_on = _read_day(row["read_on"])
    except (ValueError, InvalidOperation):
        return BadLine(number, "value_invalid", column)
    return ReadingLine(
        number,
        row["account_number"],
        row["serial"],
        values,
        read_on,
        row.get("confirmed", "").lower() in YES,
    )


def _read_day(text: str) -> date:
    """ISO, or as it is written in Russian and Ukrainian."""
    day, dot, rest = text.partition(".")
    month, _, year = rest.partition(".")
    return read_day(f"{year}-{month.zfill(2)}-{day.zfill(2)}" if dot else text)

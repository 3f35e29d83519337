"""Files that suppliers hand over as CSV: read line by line, good ones kept, bad ones named with the reason.

Comma or semicolon (whichever the header has more of), a header with the columns' names. Files are UTF-8 or UTF-16 by
their byte order mark, UTF-8 without one, else Windows-1251. A cell that a spreadsheet would compute is refused, except
``="0012"``, by which spreadsheets keep a number's zeros.
"""

from __future__ import annotations

import base64
import codecs
import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from contracts.faults import fault

Line = TypeVar("Line")
_KEPT_TEXT = re.compile(r'="([^"]*)"')
_FORMULA = re.compile(r"[=@\t]|[+-](?![\d ().,-]*$)")
_SPACES = str.maketrans("", "", " \u00a0\u202f")


@dataclass(frozen=True)
class BadLine:
    """A line that cannot be taken, and why."""

    line: int
    code: str
    column: str


def read_lines(
    text: str,
    required: Sequence[str],
    key: str,
    read_line: Callable[[int, dict[str, str]], Line | BadLine],
) -> tuple[list[Line], list[BadLine]]:
    """Good lines and bad ones. ``read_line`` gets the number of a line and its trimmed values, with every required
    one there; ``key`` is the column that no two lines may share.
    """
    reader = _reader(text.lstrip("\ufeff"))
    try:
        missing = [name for name in required if name not in (reader.fieldnames or ())]
    except csv.Error:
        return [], [BadLine(1, "line_unreadable", "")]
    if missing:
        return [], [BadLine(1, "column_missing", ",".join(missing))]
    good: list[Line] = []
    bad: list[BadLine] = []
    seen: set[str] = set()
    while True:
        try:
            row = next(reader, None)
        except csv.Error:
            bad.append(BadLine(reader.reader.line_num, "line_unreadable", ""))
            continue
        if row is None:
            return good, bad
        number = reader.line_num
        values = {name: _cell(value) for name, value in row.items() if name}
        line = _complete(number, values, required) or read_line(number, values)
        if not isinstance(line, BadLine) and values[key] in seen:
            line = BadLine(number, f"{key}_repeated", key)
        if isinstance(line, BadLine):
            bad.append(line)
        else:
            seen.add(values[key])
            good.append(line)


def text_sent(csv_text: str | None, file: str | None) -> str:
    """A file that came as text, or as it is in base64. Raises ``validation_failed``."""
    if file is None:
        return csv_text or ""
    try:
        return text_of(base64.b64decode(file, validate=True))
    except ValueError as error:
        raise fault("file", "invalid_format", "Not base64.") from error


def text_of(content: bytes) -> str:
    """A file's text in whichever of the encodings it is written. Never fails: Windows-1251 takes what is left, and
    what even that does not have becomes U+FFFD, which no value can be."""
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1251", "replace")


def read_number(text: str) -> Decimal:
    """A number with a point or a comma, and spaces between thousands. Raises ValueError, InvalidOperation."""
    number = Decimal(text.translate(_SPACES).replace(",", "."))
    if not number.is_finite():
        raise ValueError(text)
    return number


def read_day(text: str) -> date:
    """A day that a file can mean. Raises ValueError."""
    day = date.fromisoformat(text)
    if not 1900 <= day.year <= 2200:
        raise ValueError(text)
    return day


def _cell(value: Any) -> str:
    # What is beyond the header's columns comes as a list.
    text = value.strip() if isinstance(value, str) else ""
    kept = _KEPT_TEXT.fullmatch(text)
    return kept[1].strip() if kept else text


def _reader(text: str) -> csv.DictReader[Any]:
    first = text.splitlines()[0] if text else ""
    delimiter = ";" if first.count(";") > first.count(",") else ","
    return csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)


def _complete(number: int, values: dict[str, str], required: Sequence[str]) -> BadLine | None:
    if any("\0" in value for value in values.values()):
        return BadLine(number, "value_invalid", "")
    for column, value in values.items():
        if _FORMULA.match(value):
            return BadLine(number, "formula_cell", column)
    for column in required:
        if not values.get(column):
            return BadLine(number, "value_missing", column)
    return None

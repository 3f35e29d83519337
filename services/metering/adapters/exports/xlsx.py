"""A spreadsheet: the days with a chart, the values, the register readings, the meter. Written row by row (constant
memory); texts are texts, never formulas."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import xlsxwriter

from contracts.wording import word, words
from contracts.zones import IMPORT_DIRECTION, direction_of
from services.metering.adapters.exports.qualities import quality_word
from services.metering.domain.consumption.download import MeterData

OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "remove_timezone": False,
}
MAX_ROWS: Final = 1_048_575


def render_xlsx(data: MeterData, language: str) -> bytes:
    """The bytes of the file."""
    labels = words(language, "downloads")
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, OPTIONS) as book:
        # A file that is the same for the same data.
        book.set_properties({"title": data.serial, "created": data.made_at.replace(tzinfo=None)})
        writer = _Writer(book)
        days = writer.sheet(
            labels["days"], [labels["day"], labels["direction"], labels["amount"], labels["estimated"]], (
                [use.start, word(language, "direction", use.direction), use.total, use.estimated] for use in data.daily
            ), 16,
        )  # fmt: skip
        _chart(book, days, data, labels)
        if data.days:
            writer.sheet(
                labels["values"],
                [
                    labels[name]
                    for name in ("start", "offset", "minutes", "direction", "zone", "amount", "quality")
                ],
                _values(data, language),
            )
        writer.sheet(
            labels["readings"],
            [labels[name] for name in ("at", "register", "zone", "direction", "reading", "source")],
            (
                [
                    _wall(reading.at, data),
                    reading.register,
                    word(language, "zone", reading.zone),
                    word(language, "direction", direction_of(reading.zone)),
                    reading.value,
                    word(language, "source", reading.source),
                ]
                for reading in data.readings
            ),
        )
        writer.sheet(
            # A sheet's name may be used once; where both words are one, the second is told apart.
            labels["passport"] if labels["passport"] != labels["readings"] else "Meter",
            [labels["meter"], data.serial],
            (
                [labels["model"], data.model],
                [labels["provider"], data.provider_name.get(language, "")],
                [labels["unit"], data.unit],
                [labels["time_zone"], data.zone.key],
                [labels["period"], f"{data.first} – {data.last}"],
            ),
            30,
        )
    return file.getvalue()


def _values(data: MeterData, language: str) -> Iterable[list[Any]]:
    for value in data.values():
        local = value.start.astimezone(data.zone)
        yield [
            local.replace(tzinfo=None),
            local.isoformat()[-6:],
            value.minutes,
            word(language, "direction", value.direction),
            word(language, "zone", value.zone),
            value.amount,
            quality_word(language, value.mark),
        ]


def _wall(moment: datetime, data: MeterData) -> datetime:
    return moment.astimezone(data.zone).replace(tzinfo=None)


def _chart(book: Any, sheet: Any, data: MeterData, labels: Mapping[str, str]) -> None:
    rows = [number for number, use in enumerate(data.daily, 1) if use.direction == IMPORT_DIRECTION]
    if not rows:
        return
    name = sheet.get_name()
    chart = book.add_chart({"type": "column"})
    chart.add_series(
        {
            "name": f"{labels['amount']}, {data.unit}",
            "categories": [name, rows[0], 0, rows[-1], 0],
            "values": [name, rows[0], 2, rows[-1], 2],
            "gap": 30,
        }
    )
    chart.set_title({"name": f"{data.serial}: {labels['days'].lower()}"})
    chart.set_legend({"none": True})
    chart.set_x_axis({"date_axis": True, "num_format": "dd.mm"})
    chart.set_size({"width": 900, "height": 360})
    sheet.insert_chart("F2", chart)


class _Writer:
    def __init__(self, book: Any) -> None:
        self._book = book
        self._head = book.add_format({"bold": True, "bottom": 1})
        self._moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._amount = book.add_format({"num_format": "0.000"})

    def sheet(self, name: str, header: list[str], rows: Iterable[list[Any]], width: int = 20) -> Any:
        """A sheet, written to its end: in constant memory nothing can be added to a row that has passed."""
        sheet = self._book.add_worksheet(name[:31])
        sheet.set_column(0, len(header) - 1, width)
        sheet.freeze_panes(1, 0)
        for column, text in enumerate(header):
            sheet.write_string(0, column, text, self._head)
        for number, row in enumerate(rows, 1):
            if number > MAX_ROWS:
                break
            for column, cell in enumerate(row):
                self._write(sheet, number, column, cell)
        return sheet

    def _write(self, sheet: Any, row: int, column: int, cell: Any) -> None:
        if cell is None:
            return
        if isinstance(cell, str):
            sheet.write_string(row, column, cell)
        elif isinstance(cell, datetime):
            sheet.write_datetime(row, column, cell, self._moment)
        elif isinstance(cell, date):
            sheet.write_datetime(row, column, cell, self._day)
        elif isinstance(cell, Decimal):
            sheet.write_number(row, column, cell, self._amount)
        else:
            sheet.write_number(row, column, cell)

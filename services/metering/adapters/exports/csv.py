"""CSV (RFC 4180) that a spreadsheet opens as text and numbers, never as formulas: interval values where there are any,
else the register readings."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any, Final

from contracts.wording import word, words
from contracts.zones import direction_of
from services.metering.adapters.exports.qualities import quality_word
from services.metering.domain.consumption.download import MeterData

Row = list[Any]
# A cell that begins so may run as a formula where the file is opened.
DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
# Spreadsheets take a file without it for one of the old encodings.
BYTE_ORDER_MARK: Final = "\ufeff"


def render_csv(data: MeterData, language: str) -> bytes:
    """UTF-8 with a byte order mark, commas, a header; decimals with a point, times on the local clock with offset."""
    text = io.StringIO(newline="")
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    for row in _intervals(data, language) if data.days else _readings(data, language):
        writer.writerow(row)
    return text.getvalue().encode()


def as_text(value: str) -> str:
    """A text of somebody else as a cell: an apostrophe before what may be a formula."""
    return f"'{value}" if value.lstrip(" ").startswith(DANGEROUS) else value


def _intervals(data: MeterData, language: str) -> Iterator[Row]:
    labels = words(language, "downloads")
    yield [
        labels[name]
        for name in ("meter", "start", "minutes", "direction", "zone", "amount", "unit", "quality")
    ]
    serial, unit, zone = as_text(data.serial), as_text(data.unit), data.zone
    directions, zones = (
        _remembered(lambda name: word(language, "direction", name)),
        _remembered(lambda name: word(language, "zone", name)),
    )
    qualities = _remembered(lambda mark: quality_word(language, mark))
    for value in data.values():
        yield [
            serial,
            value.start.astimezone(zone).isoformat(),
            value.minutes,
            directions(value.direction),
            as_text(zones(value.zone)),
            f"{value.amount:f}",
            unit,
            qualities(value.mark),
        ]


def _readings(data: MeterData, language: str) -> Iterator[Row]:
    labels = words(language, "downloads")
    yield [
        labels[name] for name in ("meter", "at", "register", "direction", "zone", "reading", "unit", "source")
    ]
    for reading in data.readings:
        yield [
            as_text(data.serial),
            reading.at.astimezone(data.zone).isoformat(),
            as_text(reading.register),
            word(language, "direction", direction_of(reading.zone)),
            as_text(word(language, "zone", reading.zone)),
            f"{reading.value:f}",
            as_text(data.unit),
            word(language, "source", reading.source),
        ]


def _remembered(called: Callable[[Any], str]) -> Callable[[Any], str]:
    known: dict[Any, str] = {}

    def find(key: Any) -> str:
        if key not in known:
            known[key] = called(key)
        return known[key]

    return find

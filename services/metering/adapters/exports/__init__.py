"""A meter's data as a file: Green Button (ESPI), CSV, XLSX (MT-12)."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from services.metering.adapters.exports.csv import render_csv
from services.metering.adapters.exports.espi import render_espi
from services.metering.adapters.exports.xlsx import render_xlsx
from services.metering.domain.consumption.download import MeterData


@dataclass(frozen=True)
class Format:
    """How a file of the format is made and named. ``gzipped``: it travels compressed (a spreadsheet already is)."""

    media: str
    ending: str
    render: Callable[[MeterData, str], bytes]
    gzipped: bool


FORMATS: Final = {
    "espi": Format("application/atom+xml", "xml", render_espi, True),
    "csv": Format("text/csv", "csv", render_csv, True),
    "xlsx": Format(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", render_xlsx, False
    ),
}


def render(kind: str, data: MeterData, language: str) -> bytes:
    """The file, gzipped if its format says so. Takes a core for up to a second: call it in a thread."""
    found = FORMATS[kind]
    content = found.render(data, language)
    return gzip.compress(content, compresslevel=3, mtime=0) if found.gzipped else content


def file_name(kind: str, data: MeterData) -> str:
    """``<serial>_<first day>_<last day>.<ending>``, letters that no file system minds."""
    serial = re.sub(r"[^0-9A-Za-z_-]", "_", data.serial)
    return f"{serial}_{data.first}_{data.last}.{FORMATS[kind].ending}"

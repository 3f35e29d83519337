"""The two tables of a bill: columns whose widths are known, rows whose cells are ready to be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.billing.adapters.documents.figures import aligned, clean, day, money, number
from services.billing.adapters.documents.model import ChargeRow, Language, ReadingRow, Totals
from services.billing.adapters.documents.widths import widest, width

# What the template needs to know of the sizes that are reckoned with here; lengths in millimetres.
STYLE: Final = {"text_width": 176.0, "inset": 1.4, "points": 9.0, "label_points": 8.0}

# A text, and the invisible tail that brings its decimal mark under its neighbours'.
Cell = tuple[str, str]

# Columns of words may wrap beyond this; columns of figures never do.
_MOST: Final = {"unit": 16.0, "zone": 34.0, "source": 46.0}


def charges(
    rows: Sequence[ChargeRow], totals: Totals, labels: Mapping[str, str], language: Language
) -> dict[str, Any]:
    """Lay out the charges. A blank stretch beside a service's name is given to the name: notes are long."""
    columns: dict[str, list[Cell]] = {
        "previous": aligned([number(row.previous, language) for row in rows], language),
        "current": aligned([number(row.current, language) for row in rows], language),
        "consumption": aligned([number(row.consumption, language) for row in rows], language),
        "unit": [(clean(row.unit), "") for row in rows],
        "tariff": aligned([number(row.tariff, language, at_least=2) for row in rows], language),
        "amount": [(money(row.amount, language), "") for row in rows],
        "vat": [(money(row.vat, language), "") for row in rows],
    }
    total = {"amount": money(totals.charged, language), "vat": money(totals.vat, language)}
    widths = [_column(name, cells, labels, total.get(name, "")) for name, cells in columns.items()]
    lines = []
    for row, cells in zip(rows, zip(*columns.values(), strict=True), strict=True):
        blanks = next(at for at, (text, _) in enumerate(cells) if text)
        zone, note = clean(row.zone), clean(row.note)
        # The comma belongs to the zone, so that it has the zone's colour.
        head = {"service": clean(row.service), "zone": zone and f", {zone}", "note": note}
        one_line = not note and _fits(head["service"] + head["zone"], cells, widths, blanks)
        lines.append({**head, "span": 1 + blanks, "cells": cells[blanks:], "one_line": one_line})
    return {"widths": widths, "rows": lines}


def readings(rows: Sequence[ReadingRow], labels: Mapping[str, str], language: Language) -> dict[str, Any]:
    """Lay out the readings and where they came from."""
    columns: dict[str, list[Cell]] = {
        "zone": [(clean(row.zone), "") for row in rows],
        "value": aligned([number(row.value, language) for row in rows], language),
        "unit": [(clean(row.unit), "") for row in rows],
        "taken_on": [(day(row.taken_on, language), "") for row in rows],
        "source": [(clean(row.source), "") for row in rows],
    }
    widths = [_column(name, cells, labels) for name, cells in columns.items()]
    lines = []
    for row, cells in zip(rows, zip(*columns.values(), strict=True), strict=True):
        meter = clean(row.meter)
        lines.append({"meter": meter, "cells": cells, "one_line": _fits(meter, cells, widths)})
    return {"widths": widths, "rows": lines}


def _column(name: str, cells: Sequence[Cell], labels: Mapping[str, str], total: str = "") -> float:
    texts = [total, *(text + tail for text, tail in cells)]
    label = width(labels[name], STYLE["label_points"])
    return round(min(max(label, widest(texts, STYLE["points"])), _MOST.get(name, 1000.0)), 2)


def _fits(head: str, cells: Sequence[Cell], widths: Sequence[float], blanks: int = 0) -> bool:
    """Whether every text of a row surely takes a single line, so that the row's height is known."""
    inset, points = STYLE["inset"], STYLE["points"]
    room = STYLE["text_width"] - 2 * inset - sum(column + 2 * inset for column in widths[blanks:])
    return width(head, points) <= room and all(
        width(text + tail, points) <= column + 0.1
        for (text, tail), column in zip(cells[blanks:], widths[blanks:], strict=True)
    )

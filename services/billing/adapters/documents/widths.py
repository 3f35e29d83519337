"""How wide a text will be, known before the page is set.

Left to itself the compiler finds out how wide each column and how high each row must be by setting every cell
more than once: a third of the time of a bill. Here the widths of the letters are asked of it once a process.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

from services.billing.adapters.documents.figures import MINUS, THIN_SPACE
from services.billing.adapters.documents.typesetter import ask

_KNOWN: Final = (
    "0123456789 .,:;/()«»\"'-·№%²³"
    + MINUS
    + THIN_SPACE
    + "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    + "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯІЇЄҐ"
)
# Wider than any character of the fonts that a bill is likely to meet.
_UNKNOWN: Final = 1500.0
_MILLIMETRES_IN_A_POINT: Final = 25.4 / 72
# Pairs of letters may be set a little apart.
_AIR: Final = 1.01


def width(text: str, points: float) -> float:
    """Return how many millimetres a text takes in type of this size, or a little more."""
    known = _character_widths()
    thousandths = sum([known.get(char, _UNKNOWN) for char in text])
    return thousandths / 1000 * points * _MILLIMETRES_IN_A_POINT * _AIR


def widest(texts: Iterable[str], points: float) -> float:
    """Return the width of the widest of the texts."""
    return max((width(text, points) for text in texts), default=0.0)


@cache
def _character_widths() -> Mapping[str, float]:
    measured = json.loads(ask("metrics.typ", {"characters": _KNOWN}))
    return dict(zip(_KNOWN, measured, strict=True))

"""The place of an account in parts (BL-1), as customers prove it (ID-6): house, letter, flat, extension.

People write "12-А", "12 A" or house 12 and letter A; the letter may come from either alphabet. These are the same.
"""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass
from typing import Final

PART_LENGTH: Final = 16
_LOOK_ALIKES: Final = str.maketrans("АВЕКМНОРСТУХІЁ", "ABEKMHOPCTYXIE")
_TOKEN: Final = re.compile(r"[0-9]+|[^\W\d_]+")


@dataclass(frozen=True)
class Place:
    """Parts as they were written; empty where there is none."""

    house: str = ""
    letter: str = ""
    flat: str = ""
    extension: str = ""


NOWHERE: Final = Place()


def same_place(asked: Place, known: Place) -> bool:
    """Is it the same house and flat? Never for a place that is not known. The work does not depend on the answer."""
    one, other = _tidied(asked), _tidied(known)
    return bool(other[0]) & (one == other)


def _tidied(place: Place) -> tuple[tuple[str, ...], tuple[str, ...]]:
    house, letter, flat, extension = (_tokens(part) for part in astuple(place))
    return house + letter, flat + extension


def _tokens(part: str) -> tuple[str, ...]:
    """Numbers without zeros in front, and letters, in order: "д. 012-а" is 12 and A."""
    found = [_tidy(token) for token in _TOKEN.findall(part.upper().translate(_LOOK_ALIKES))]
    # The word for what it is, before what it is: "Д" alone is a letter of a house.
    if len(found) > 1 and found[0] in _WORDS:
        found = found[1:]
    return tuple(found)


def _tidy(token: str) -> str:
    return token.lstrip("0") or "0" if token.isascii() and token.isdigit() else token


_WORDS: Final = frozenset(
    word.upper().translate(_LOOK_ALIKES)
    for word in (
        "д", "дом", "буд", "будинок", "лит", "литер", "литера", "літ", "літера", "корп", "корпус", "кв", "квартира",
        "оф", "офис", "офіс", "пом", "house", "flat", "apt",
    )
)  # fmt: skip

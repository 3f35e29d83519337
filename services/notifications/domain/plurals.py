"""Plural forms (NT-3)."""

from __future__ import annotations

from typing import Final

FORMS: Final = {"ru": 3, "uk": 3, "en": 2}


def plural(language: str, number: int, forms: list[str]) -> str:
    """The form for the number: ``[балл, балла, баллов]``, ``[point, points]``.

    >>> [plural("ru", n, ["балл", "балла", "баллов"]) for n in (1, 3, 5, 11, 21)]
    ['балл', 'балла', 'баллов', 'баллов', 'балл']
    """
    number = abs(number)
    if language == "en":
        return forms[0 if number == 1 else 1]
    if number % 10 == 1 and number % 100 != 11:
        return forms[0]
    if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14):
        return forms[1]
    return forms[2]

"""Long lists as parameters of a statement: array literals that are made here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class _Literal:
    """A parameter that is quoted already; psycopg2 asks for it by this protocol."""

    __slots__ = ("_quoted",)

    def __init__(self, quoted: bytes) -> None:
        self._quoted = quoted

    def __conform__(self, protocol: object) -> _Literal:
        return self

    def getquoted(self) -> bytes:
        """As it stands in the statement."""
        return self._quoted


def parameter(text: str) -> Any:
    """A long text as a parameter. Quoting it character by character costs more than all else that is done with it, so
    what has nothing to quote is handed over as it is; the rest goes the usual way."""
    if "'" in text or "\\" in text or "\0" in text or not text.isascii():
        return text
    return _Literal(f"'{text}'".encode())


def array_of_texts(texts: Iterable[str]) -> Any:
    """A PostgreSQL array literal, as a parameter: it costs much less than a list that is quoted item by item."""
    items = list(texts)
    if not items:
        return "{}"
    joined = '","'.join(items)
    if "\\" in joined or joined.count('"') != 2 * (len(items) - 1):
        joined = '","'.join([item.replace("\\", "\\\\").replace('"', '\\"') for item in items])
    return parameter(f'{{"{joined}"}}')


def array_of(words: Iterable[str]) -> Any:
    """The same for ids, numbers and days, which need no quotes."""
    return parameter("{" + ",".join(words) + "}")

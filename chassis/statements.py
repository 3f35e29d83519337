"""SQL as services write it, with ``:name`` for a parameter, and as the driver and the server take it.

A statement that comes again and again over a connection is prepared there (PostgreSQL's PREPARE), so that it is not
parsed, and mostly not planned, anew each time. What a parameter means must not change by that: each place in which a
parameter stands is a parameter of its own, of the type that the driver's literal of the value would have had there.
"""

from __future__ import annotations

import itertools
import re
import uuid
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

_PARAMETER: Final = re.compile(r"(?<![:\w\\]):(\w+)(?!:)")
_PREPARABLE: Final = re.compile(r"\s*(select|insert|update|delete|with|values)\b", re.IGNORECASE)
#: A plan for a few rows is a bad one for thousands: a longer list is always planned for itself.
LONGEST_LIST: Final = 64
_numbers = itertools.count(1)

_TYPES: Final[dict[type, str]] = {
    # As in a literal: the place decides.
    str: "unknown",
    type(None): "unknown",
    bool: "boolean",
    Decimal: "numeric",
    float: "double precision",
    date: "date",
    timedelta: "interval",
    uuid.UUID: "uuid",
}


class Statement:
    """One text of SQL. ``text`` is for the driver, with its own marks for parameters."""

    __slots__ = ("_refused", "_variants", "names", "numbered", "text")

    def __init__(self, sql: str) -> None:
        self.text = _PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%"))
        #: Of the parameters, one a place.
        self.names: tuple[str, ...] = tuple(_PARAMETER.findall(sql))
        places = itertools.count(1)
        #: With $1, $2, ... in the places of parameters.
        self.numbered = _PARAMETER.sub(lambda _: f"${next(places)}", sql)
        self._refused = _PREPARABLE.match(sql) is None
        self._variants: dict[tuple[str, ...], Prepared] = {}

    def prepared(self, parameters: Mapping[str, Any]) -> Prepared | None:
        """The statement as it can be prepared for parameters of these types; None where it had better not be."""
        if self._refused:
            return None
        types = []
        for name in self.names:
            found = _type_of(parameters[name])
            if found is None:
                return None
            types.append(found)
        key = tuple(types)
        variant = self._variants.get(key)
        if variant is None:
            variant = self._variants[key] = Prepared(self, key)
        return variant if variant.usable else None


class Prepared:
    """A statement with the types of its parameters. ``usable`` until the server refuses to prepare it."""

    __slots__ = ("execute", "name", "prepare", "usable")

    def __init__(self, statement: Statement, types: tuple[str, ...]) -> None:
        self.name = f"cabinet_{next(_numbers)}"
        self.usable = True
        declared = f" ({', '.join(types)})" if types else ""
        self.prepare = f"prepare {self.name}{declared} as {statement.numbered}"
        given = ", ".join(f"%({name})s" for name in statement.names)
        self.execute = f"execute {self.name} ({given})" if given else f"execute {self.name}"


@lru_cache(maxsize=4096)
def statement(sql: str) -> Statement:
    """The statement of a text; each is read once."""
    return Statement(sql)


def _type_of(value: Any) -> str | None:
    kind = type(value)
    found = _TYPES.get(kind)
    if found is not None:
        return found
    if kind is int:
        return "integer" if -(2**31) <= value < 2**31 else "bigint"
    if kind is datetime:
        return "timestamptz" if value.tzinfo is not None else "timestamp"
    if kind is list and len(value) <= LONGEST_LIST and all(type(item) in _ITEMS for item in value):
        return "unknown"
    return None


_ITEMS: Final = frozenset({str, int, Decimal, date, datetime, type(None), bool, uuid.UUID})


def as_literals(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """For a prepared statement: lists as array literals, whose items then are of the type of their place."""
    return {
        name: array_literal(value) if type(value) is list else value for name, value in parameters.items()
    }


def array_literal(items: list[Any]) -> str:
    """PostgreSQL's text for an array, of values of the types in a statement's lists.

    >>> array_literal(["a", None, 'say "b"'])
    '{"a",NULL,"say \\\\"b\\\\""}'
    """
    return "{" + ",".join(map(_item, items)) + "}"


def _item(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, datetime | date):
        return f'"{value.isoformat()}"'
    return str(value)

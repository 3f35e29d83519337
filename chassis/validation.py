"""Reads a request into its declared type.

A request that is right costs one conversion. One that is not is looked at again, by a marshmallow schema derived from
the same type, which collects all its faults instead of the first.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import marshmallow
import msgspec

from chassis.validation_schema import ENTIRE, FIELDS, Coded, schema_of
from contracts.errors import CabinetError
from contracts.faults import Fault, validation_failed
from contracts.numbers import is_bounded
from contracts.rpc.base import FIRST_YEAR, LAST_YEAR, Request

Struct = TypeVar("Struct", bound=msgspec.Struct)

#: How a moment begins, as a text.
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]")
UNBOUNDED = "A number of more digits than anything here has."


def read(kind: type[Struct], values: Mapping[str, Any], *, strict: bool = True) -> Struct:
    """The request. Raises ``validation_failed`` with every fault, each with its JSON Pointer.

    ``strict=False`` takes numbers and booleans from texts, as a query has them.
    """
    try:
        if has_nul(values):
            raise msgspec.ValidationError
        if not strict and (loose := [*_loose(kind, values)]):
            raise validation_failed(*loose)
        found = msgspec.convert(values, kind, strict=strict, str_keys=True)
    except msgspec.ValidationError:
        raise validation_failed(*collect(kind, values, strict=strict)) from None
    wrong = [*_unbounded(found)] if _has_bounds(kind) else []
    if isinstance(found, Request):
        wrong += found.faults()
    if wrong:
        raise validation_failed(*wrong)
    return found


def read_json(kind: type[Struct], body: bytes) -> Struct:
    """A request from JSON. Raises ``validation_failed`` with every fault, ``malformed_request`` for what is no JSON."""
    try:
        try:
            found = msgspec.json.decode(body, type=kind)
            faults = [*_unbounded(found)] if _has_bounds(kind) else []
            if not faults:
                return found
        except msgspec.ValidationError:
            faults = collect(kind, msgspec.json.decode(body))
    except RecursionError:
        faults = [Fault("", "invalid", "Nested too deeply.")]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CabinetError("malformed_request", "The body is not JSON.") from error
    raise validation_failed(*faults)


def collect(kind: type[msgspec.Struct], values: Any, *, strict: bool = True) -> list[Fault]:
    """All faults of a request that does not fit its type, in the order of its fields."""
    if not isinstance(values, Mapping):
        return [Fault("", "invalid_type", "Expected an object.")]
    try:
        schema_of(kind, strict)().load(values)
    except marshmallow.ValidationError as error:
        return list(_flat(error.normalized_messages(), ""))
    # Each field is right and the whole is not: a check of the type's own.
    return [Fault("", "invalid", "The fields do not go together.")]


def _flat(messages: Any, pointer: str) -> Iterator[Fault]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            step = "" if key in (ENTIRE, *FIELDS) else "/" + str(key).replace("~", "~0").replace("/", "~1")
            yield from _flat(inner, pointer + step)
        return
    for message in messages:
        yield Fault(pointer, message.code if isinstance(message, Coded) else "invalid", str(message))


def has_nul(value: Any) -> bool:
    """Is U+0000 in a text? PostgreSQL cannot hold it, so it is refused once for all."""
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, Mapping):
        return any(has_nul(key) or has_nul(item) for key, item in value.items())
    return isinstance(value, list) and any(map(has_nul, value))


@functools.cache
def _optional(kind: type[msgspec.Struct]) -> frozenset[str]:
    """Fields of a query that may be left out: there the word null would pass for that."""
    return frozenset(
        one.encode_name
        for one in msgspec.structs.fields(kind)
        if "None" in str(one.type) or "Optional" in str(one.type)
    )


@functools.cache
def _moments(kind: type[msgspec.Struct]) -> frozenset[str]:
    """Fields of a query that take a moment."""
    return frozenset(
        one.encode_name for one in msgspec.structs.fields(kind) if "datetime.datetime" in str(one.type)
    )


def _loose(kind: type[msgspec.Struct], values: Mapping[str, Any]) -> Iterator[Fault]:
    """In a query numbers would pass for seconds since 1970, the word null for nothing: nobody means them so."""
    for name in _optional(kind) & values.keys():
        if values[name] in ("null", "None"):
            yield Fault(f"/{name}", "invalid_type", "Leave it out instead.")
    for name in _moments(kind) & values.keys():
        if not MOMENT.match(str(values[name])):
            yield Fault(f"/{name}", "invalid_format", "Expected a moment with its offset (RFC 3339).")


@functools.cache
def _has_bounds(kind: Any) -> bool:
    """Does a value of the type hold a Decimal or a day anywhere?"""
    schemas = str(msgspec.json.schema_components([kind])).lower()
    return "decimal" in schemas or "'date" in schemas


def _unbounded(value: Any, pointer: str = "") -> Iterator[Fault]:
    """What nothing behind the door can hold: decimals that are not finite, or with an exponent that fills the memory;
    days and moments of years that nothing here is about."""
    if isinstance(value, Decimal):
        if not is_bounded(value):
            yield Fault(pointer, "out_of_range", UNBOUNDED)
    elif isinstance(value, date):
        if not FIRST_YEAR <= value.year <= LAST_YEAR:
            yield Fault(pointer, "out_of_range", f"A year from {FIRST_YEAR} to {LAST_YEAR}.")
    elif isinstance(value, msgspec.Struct):
        for field in msgspec.structs.fields(value):
            yield from _unbounded(getattr(value, field.name), f"{pointer}/{field.encode_name}")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _unbounded(item, f"{pointer}/{key}")
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from _unbounded(item, f"{pointer}/{number}")

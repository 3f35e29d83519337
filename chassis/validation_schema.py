"""A marshmallow schema derived from a msgspec type: it collects the faults of all fields; msgspec tells the first.

Each value is judged by msgspec itself, so that both mean the same; marshmallow goes through the fields.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import marshmallow
import msgspec

#: Where marshmallow puts faults of a whole object, and of a mapping's keys and values.
ENTIRE = "_schema"
FIELDS = ("key", "value")


class Coded(str):
    """Words with the code of a fault, since marshmallow carries words only."""

    code: str

    def __new__(cls, code: str, words: str) -> Coded:
        """As a text of these words."""
        made = super().__new__(cls, words)
        made.code = code
        return made


REQUIRED = Coded("required", "This field is missing.")
UNKNOWN = Coded("unknown_field", "There is no such field.")
NO_OBJECT = Coded("invalid_type", "Expected an object.")
NUL = Coded("invalid_format", "A text must not contain U+0000.")
# What msgspec says of a value, and the code for it. Tests hold these against the version that is locked.
SAID = (
    (re.compile(r"^Invalid (enum )?value"), "not_allowed"),
    (re.compile(r"out of range", re.IGNORECASE), "out_of_range"),
    (re.compile(r"matching regex|^Invalid "), "invalid_format"),
    (re.compile(r"^Expected `(str|bytes|array|object)` of length (<|=)"), "too_long"),
    (re.compile(r"^Expected `(str|bytes|array|object)` of length >"), "too_short"),
    (re.compile(r"^Expected `(int|float)` (<|>|that's)"), "out_of_range"),
    (re.compile(r"timezone|^Expected `datetime`"), "invalid_format"),
    (re.compile(r"^Expected "), "invalid_type"),
)


@functools.cache
def schema_of(kind: type[msgspec.Struct], strict: bool) -> type[marshmallow.Schema]:
    """The schema of a struct."""
    fields = {
        f"f{number}": _field(one.type, strict, required=one.required, data_key=one.encode_name)
        for number, one in enumerate(msgspec.structs.fields(kind))
    }
    strange = marshmallow.RAISE if kind.__struct_config__.forbid_unknown_fields else marshmallow.EXCLUDE
    return type(
        f"{kind.__name__}Schema",
        (marshmallow.Schema,),
        {
            **fields,
            "Meta": type("Meta", (), {"unknown": strange}),
            "error_messages": {"unknown": UNKNOWN, "type": NO_OBJECT},
        },
    )


def _field(kind: Any, strict: bool, **options: Any) -> marshmallow.fields.Field[Any]:
    """Structs, lists and mappings are gone into; all else is one value."""
    options = {"allow_none": True, **options}
    inner = _without_null(kind)
    origin, of = get_origin(inner), get_args(inner)
    if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
        return _Whole(kind, strict, marshmallow.fields.Nested(schema_of(inner, strict)), **options)
    if origin is list:
        return _Whole(kind, strict, marshmallow.fields.List(_field(of[0], strict)), **options)
    if origin is dict:
        # The keys of an object are texts, whatever they stand for.
        keys, values = _field(of[0], False), _field(of[1], strict)
        return _Whole(kind, strict, marshmallow.fields.Dict(keys=keys, values=values), **options)
    return _Value(kind, strict, **options)


def _without_null(kind: Any) -> Any:
    """The type of what is there, where null may stand for nothing."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        elif get_origin(kind) in (Union, UnionType):
            rest = [item for item in get_args(kind) if item is not type(None)]
            if len(rest) != 1:
                return kind
            kind = rest[0]
        else:
            return kind


class _Value(marshmallow.fields.Field[Any]):
    """A value of a type, judged by msgspec."""

    def __init__(self, kind: Any, strict: bool, **options: Any) -> None:
        super().__init__(**options)
        self._type = kind
        self._strict = strict

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **more: Any) -> Any:
        # Null is a value like others: the type says whether it may be there.
        if value is marshmallow.missing:
            if self.required:
                raise marshmallow.ValidationError([REQUIRED])
            return None
        return self._deserialize(value, attr, data, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        if isinstance(value, str) and "\0" in value:
            raise marshmallow.ValidationError([NUL])
        try:
            return msgspec.convert(value, self._type, strict=self._strict, str_keys=True)
        except msgspec.ValidationError as error:
            raise marshmallow.ValidationError([_coded(error)]) from None


class _Whole(_Value):
    """What has parts: their faults by part, or one of the whole (null, another type, too many)."""

    def __init__(self, kind: Any, strict: bool, parts: marshmallow.fields.Field[Any], **options: Any) -> None:
        super().__init__(kind, strict, **options)
        self._parts = parts

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        if isinstance(value, Mapping | list) and isinstance(value, list) == isinstance(
            self._parts, marshmallow.fields.List
        ):
            self._parts.deserialize(value, attr, data, **more)
        return super()._deserialize(value, attr, data, **more)


def _coded(error: msgspec.ValidationError) -> Coded:
    """Its code, and what it says without the place, which the pointer tells."""
    said = str(error).rpartition(" - at `")[0] or str(error)
    return Coded(next((code for pattern, code in SAID if pattern.search(said)), "invalid"), f"{said}.")

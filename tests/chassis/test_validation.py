"""A request is read into its type, or all that is wrong with it is told at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Meta

from chassis.validation import collect, read, read_json
from contracts.errors import CabinetError
from contracts.faults import CODES, Fault
from contracts.rpc.base import Moment, Period, Request

ACCOUNT = "6ba7b810-9dad-51d1-80b4-00c04fd430c8"


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    account: UUID
    amount: Decimal


class Everything(Request):
    parts: Annotated[list[Part], Meta(min_length=1, max_length=2)]
    text: Annotated[str, Meta(min_length=1, max_length=3)] | None = None
    number: Annotated[int, Meta(ge=1, le=9)] = 1
    kind: Literal["a", "b"] = "a"
    at: Moment | None = None
    day: date | None = None
    values: Annotated[dict[Annotated[str, Meta(max_length=3)], Decimal], Meta(max_length=2)] = {}
    flag: bool = False
    period: Period = "2026-01"
    first: int = 0
    last: int = 0

    def faults(self) -> Iterator[Fault]:
        if self.last < self.first:
            yield Fault("/last", "before_first", "last comes before first")


GOOD: dict[str, Any] = {"parts": [{"account": ACCOUNT, "amount": "1.5"}]}


def _faults(values: dict[str, Any], strict: bool = True) -> list[tuple[str, str]]:
    with pytest.raises(CabinetError) as caught:
        read(Everything, values, strict=strict)
    assert caught.value.code == "validation_failed"
    found = msgspec.convert(caught.value.fields["errors"], list[Fault])
    assert all(fault.detail for fault in found)
    return [(fault.pointer, fault.code) for fault in found]


def test_a_good_request_becomes_its_type() -> None:
    found = read(Everything, GOOD | {"at": "2026-11-28T10:00:00+05:00", "values": {"T1": "3"}})
    assert found.parts[0] == Part(UUID(ACCOUNT), Decimal("1.5")) and found.values == {"T1": Decimal(3)}


@pytest.mark.parametrize(
    ("values", "faults"),
    [
        ({}, [("/parts", "required")]),
        ({"parts": []}, [("/parts", "too_short")]),
        ({"parts": None}, [("/parts", "invalid_type")]),
        ({"parts": {}}, [("/parts", "invalid_type")]),
        ({"parts": ["x"]}, [("/parts/0", "invalid_type")]),
        (
            {"parts": [{"account": 1}, {"account": "x", "amount": "y", "a/b~": 1}]},
            [
                ("/parts/0/account", "invalid_type"),
                ("/parts/0/amount", "required"),
                ("/parts/1/account", "invalid_format"),
                ("/parts/1/amount", "invalid_format"),
                ("/parts/1/a~1b~0", "unknown_field"),
            ],
        ),
        (
            GOOD | {"text": "", "number": 10, "kind": "c", "at": "2026-01-01T00:00:00", "day": "soon"},
            [
                ("/text", "too_short"),
                ("/number", "out_of_range"),
                ("/kind", "not_allowed"),
                ("/at", "invalid_format"),
                ("/day", "invalid_format"),
            ],
        ),
        (
            GOOD | {"text": "long", "number": "1", "flag": "true", "period": "2026-13", "wrong": 1},
            [
                ("/text", "too_long"),
                ("/number", "invalid_type"),
                ("/flag", "invalid_type"),
                ("/period", "invalid_format"),
                ("/wrong", "unknown_field"),
            ],
        ),
        (
            GOOD | {"values": {"long code": "1", "b": "x"}},
            [("/values/long code", "too_long"), ("/values/b", "invalid_format")],
        ),
        (GOOD | {"values": {"a": "1", "b": "2", "c": "3"}}, [("/values", "too_long")]),
        (GOOD | {"text": "a\0"}, [("/text", "invalid_format")]),
        (GOOD | {"a\0": 1}, [("/a\0", "unknown_field")]),
        (GOOD | {"values": {"\0": 1}}, [("/values/\0", "invalid_format")]),
        (GOOD | {"values": {"a": "1E+999999"}}, [("/values/a", "out_of_range")]),
        ({"parts": [{"account": ACCOUNT, "amount": "NaN"}]}, [("/parts/0/amount", "out_of_range")]),
        (GOOD | {"first": 2, "last": 1}, [("/last", "before_first")]),
    ],
)  # fmt: skip
def test_all_faults_are_told_by_field(values: dict[str, Any], faults: list[tuple[str, str]]) -> None:
    assert sorted(_faults(values)) == sorted(faults)


def test_a_query_has_texts_only() -> None:
    assert read(Everything, GOOD | {"number": "3", "flag": "true"}, strict=False).number == 3
    assert _faults(GOOD | {"number": "10", "flag": "perhaps"}, strict=False) == [
        ("/number", "out_of_range"),
        ("/flag", "invalid_type"),
    ]
    # A number may stand for a moment there, and this is none.
    assert _faults(GOOD | {"at": "NAN"}, strict=False) == [("/at", "invalid_format")]


@pytest.mark.parametrize("moment", ["1700000000", "12.5", "-1", "2026", "today"])
def test_a_number_in_a_query_is_no_moment(moment: str) -> None:
    assert _faults({**GOOD, "at": moment}, strict=False) == [("/at", "invalid_format")]
    assert read(Everything, {**GOOD, "at": "2026-11-05T09:30:00Z"}, strict=False).at is not None


@pytest.mark.parametrize("year", ["0001", "0277", "1899", "2200", "9999"])
def test_years_that_nothing_is_about_are_refused(year: str) -> None:
    values = {**GOOD, "day": f"{year}-02-28", "at": f"{year}-02-28T00:00:00Z"}
    assert _faults(values) == [("/at", "out_of_range"), ("/day", "out_of_range")]
    with pytest.raises(CabinetError) as caught:
        read_json(Everything, msgspec.json.encode(values))
    assert [fault["pointer"] for fault in msgspec.to_builtins(caught.value.fields["errors"])] == [
        "/at",
        "/day",
    ]


def test_what_is_no_object_is_told() -> None:
    assert [(fault.pointer, fault.code) for fault in collect(Everything, [1])] == [("", "invalid_type")]


@pytest.mark.parametrize("body", [b'{"parts": []}', b'{"parts": 1, "wrong": ' + b"[" * 50_000, b"[" * 50_000])
def test_a_body_is_read_as_arguments_are(body: bytes) -> None:
    with pytest.raises(CabinetError, match="validation_failed"):
        read_json(Everything, body)


@pytest.mark.parametrize("body", [b"", b"{", b'{"parts": 1, ', b'{"text": "\xff"}', b'{"parts": []}x'])
def test_a_body_that_is_no_json_is_malformed(body: bytes) -> None:
    with pytest.raises(CabinetError, match="malformed_request"):
        read_json(Everything, body)


def test_a_body_nested_too_deeply_where_anything_goes_is_refused() -> None:
    class Anything(Request, frozen=True, kw_only=True):
        more: Any

    with pytest.raises(CabinetError, match="validation_failed"):
        read_json(Anything, b'{"more": ' + b"[" * 50_000 + b"]" * 50_000 + b"}")


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=4),
    st.sampled_from(
        [ACCOUNT, "1.5", "NaN", "1E+9", "2026-01", "2026-11-28", "2026-11-28T10:00:00Z", "a", "b"]
    ),
)
PARTS = st.lists(
    st.one_of(VALUES, st.dictionaries(st.sampled_from(["account", "amount", "x"]), VALUES, max_size=3)),
    max_size=3,
)
NAMES = [field.name for field in msgspec.structs.fields(Everything)]


MAPPINGS = st.dictionaries(st.text(max_size=4), VALUES, max_size=3)


# The first text that Hypothesis draws on a fresh machine builds its tables, which takes it a second.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from([*NAMES, "wrong"]), st.one_of(VALUES, PARTS, MAPPINGS)), st.booleans())
def test_the_collecting_schema_means_what_the_type_means(values: dict[str, Any], strict: bool) -> None:
    """It finds a fault where the type refuses, never where the type takes, and each has a code of the catalogue."""
    values = GOOD | values
    try:
        msgspec.convert(values, Everything, strict=strict)
    except msgspec.ValidationError:
        found = collect(Everything, values, strict=strict)
        assert found and all(fault.code in CODES and fault.code != "invalid" for fault in found)
    else:
        # `collect` is asked about what was refused only, so a request that fits has the fault of none of its fields.
        nul = any("\0" in str(value) for value in values.values())
        assert nul or [fault.pointer for fault in collect(Everything, values, strict=strict)] == [""]

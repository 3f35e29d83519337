"""Whatever head ends send (MT-8): a batch is read or refused with a reason, and what is read gets its receipt."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chassis.amqp.delivery import Delivery
from chassis.amqp.properties import encode_properties
from chassis.dead_letter import PoisonError
from services.metering.adapters.ami import read_batch
from services.metering.handlers.ingest import Incoming
from tests.metering.cim import HALF_HOURS, IMPORT_KWH, block, header, message, meter, reading
from tests.metering.world import HEAD_END, URAL, World, interval_entry, register_entry

REASONS = {"unreadable", "head_end", "content_type"}
DAY = "2026-11-18"
NUMBERS = itertools.count(1)
MANY = settings(max_examples=400, deadline=None)
WITH_DATABASE = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def read(body: bytes, kind: str) -> Incoming | None:
    """The batch, or None if it goes to the dead letters."""
    properties = encode_properties(content_type=f"application/{kind}", user_id=HEAD_END)
    delivery = Delivery(None, 1, 1, False, "ami.readings", f"{URAL}.{HEAD_END}", properties, body)  # type: ignore[arg-type]
    try:
        return Incoming(*read_batch(delivery))
    except PoisonError as poison:
        assert str(poison) in REASONS
        return None


def answered(world: World, body: bytes, kind: str, values: int) -> bool:
    """Read, stored and answered; the receipt accounts for every value."""
    batch = read(body, kind)
    if batch is None:
        return False
    [text] = world.ingest_raw(batch)
    receipt = json.loads(text)
    assert receipt["batch"] == batch.batch.batch
    indexes = [item["index"] for item in receipt["rejected"]]
    assert indexes == sorted(indexes)
    assert all(index < len(batch.batch.entries) for index in indexes)
    told = receipt["accepted"] + receipt["duplicates"] + receipt["corrected"]
    assert told + sum(item["values"] for item in receipt["rejected"]) == values
    return True


def values_of(entry: Any) -> int:
    """How many values an entry as JSON holds."""
    listed = entry.get("values") if isinstance(entry, dict) else None
    return sum(value is not None for value in listed) if isinstance(listed, list) else 1


# --- bytes ----------------------------------------------------------------------------------------------------------

GOOD_JSON = json.dumps(
    {
        "batch": "b",
        "head_end": HEAD_END,
        "sent_at": "2026-11-20T00:00:00Z",
        "readings": [
            register_entry("M1", f"{DAY}T00:00:00", "4036.125"),
            interval_entry("M1", f"{DAY}T00:00:00", ["0.141", None, "0.078", 1.5])
            | {"flags": {"1": "power-loss"}},
        ],
    }
).encode()
GOOD_XML = message(
    meter(
        "M1",
        reading(f"{DAY}T00:00:00+05:00", "36.125"),
        block([(f"{DAY}T00:30:00+05:00", "0.1"), (f"{DAY}T01:00:00+05:00", "")], quality={1: "1.4.9"}),
    )
)


@given(body=st.binary(max_size=300), kind=st.sampled_from(["json", "xml"]))
@MANY
def test_mt8_fuzz_arbitrary_bytes_are_read_or_refused(body: bytes, kind: str) -> None:
    read(body, kind)


@st.composite
def mutated(draw: st.DrawFn, good: bytes) -> bytes:
    """A good message with some of its bytes cut out, doubled or replaced."""
    body = bytearray(good)
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.integers(0, 12)))
        piece = draw(st.one_of(st.binary(max_size=6), st.just(bytes(body[start:end]) * 2)))
        body[start:end] = piece
    return bytes(body)


@given(body=mutated(GOOD_JSON))
@MANY
def test_mt8_fuzz_mutated_json_is_read_or_refused(body: bytes) -> None:
    read(body, "json")


@given(body=mutated(GOOD_XML))
@MANY
def test_mt8_fuzz_mutated_xml_is_read_or_refused(body: bytes) -> None:
    read(body, "xml")


@pytest.mark.parametrize("depth", [100, 5_000, 200_000])
@pytest.mark.parametrize("opening", ["[", '{"a":', '{"meter":'])
def test_mt8_fuzz_deep_nesting_is_no_crash(depth: int, opening: str) -> None:
    closing = "]" if opening == "[" else "}"
    nested = opening * depth + "1" + closing * depth
    head = f'{{"batch":"b","head_end":"{HEAD_END}","sent_at":"2026-11-20T00:00:00Z","readings":['
    for body in (nested, f"{head}{nested}]}}", f'{head}{{"meter":"M1","obis":"1","values":{nested}}}]}}'):
        read(body.encode(), "json")
        read(body.encode(), "xml")
    read(message("<m:MeterReading>" * depth + "</m:MeterReading>" * depth), "xml")


# --- entries, through to their receipt --------------------------------------------------------------------------------

numbers = st.one_of(
    st.integers(-(10**40), 10**40),
    st.integers(-10, 10**7),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.decimals(0, 10**6, places=3).map(str),
    st.tuples(st.integers(), st.integers(-(10**30), 10**30)).map(lambda pair: f"{pair[0]}E{pair[1]}"),
    st.none(),
)
moments = st.one_of(
    st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat()),
    st.sampled_from(
        [
            f"{DAY}T00:00:00+05:00",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-12:00",
            f"{DAY}T24:00:00Z",
        ]
    ),
    st.text(max_size=12),
)
serials = st.one_of(st.just("M1"), st.text(max_size=6))
json_entries = st.one_of(
    st.fixed_dictionaries(
        {"meter": serials, "obis": st.sampled_from(["1-0:1.8.0", "1.29.0", "", ":"])},
        optional={
            "at": moments,
            "value": numbers,
            "from": moments,
            "step": st.one_of(st.sampled_from(["PT15M", "PT30M", "PT60M"]), st.text(max_size=5)),
            "values": st.lists(numbers, max_size=60),
            "flags": st.dictionaries(
                st.one_of(st.integers(-2, 60).map(str), st.text(max_size=3)), st.text(max_size=5)
            ),
        },
    ),
    st.recursive(
        st.none() | st.booleans() | numbers, lambda inner: st.lists(inner, max_size=3), max_leaves=5
    ),
)


@given(entries=st.lists(json_entries, max_size=6))
@example(
    entries=[{"meter": "M1", "obis": "1.8.0", "at": f"{DAY}T00:00:00Z", "value": "1E+999999999999999999999"}]
)
@example(entries=[interval_entry("M1", f"{DAY}T00:00:00", ["1E-999999999999999999999", "sNaN"])])
@WITH_DATABASE
def test_mt8_fuzz_json_entries_get_their_receipt(world: World, entries: list[Any]) -> None:
    world.meter()
    head = {
        "batch": f"f-{next(NUMBERS)}",
        "head_end": HEAD_END,
        "sent_at": "2026-11-20T00:00:00Z",
        "readings": entries,
    }
    assert answered(world, json.dumps(head).encode(), "json", sum(map(values_of, entries)))


xml_text = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"),
    max_size=8,
)
xml_numbers = st.one_of(st.decimals(0, 10**6, places=3).map(str), st.decimals().map(str), xml_text)
xml_moments = st.one_of(moments.filter(str.isprintable), xml_text)
kinds = st.one_of(
    st.sampled_from([IMPORT_KWH, HALF_HOURS, HALF_HOURS.replace(".3.72", ".0.72"), "0"]),
    st.lists(st.integers(0, 72), min_size=18, max_size=18).map(lambda parts: ".".join(map(str, parts))),
    xml_text,
)
xml_entries = st.one_of(
    st.builds(reading, xml_moments, xml_numbers, kinds),
    st.builds(
        block,
        st.lists(st.tuples(xml_moments, xml_numbers), max_size=6),
        kinds,
        st.dictionaries(st.integers(0, 5), xml_text, max_size=2),
    ),
)


@given(
    readings=st.lists(
        st.tuples(st.one_of(st.just("M1"), xml_text), st.lists(xml_entries, max_size=3)), max_size=3
    ),
)
@WITH_DATABASE
def test_mt8_fuzz_xml_entries_get_their_receipt(world: World, readings: list[Any]) -> None:
    world.meter()
    parts = [meter(serial, *entries) for serial, entries in readings]
    said = message(*parts, head=header(MessageID=f"f-{next(NUMBERS)}"))
    inside = [
        part.partition("</m:IntervalReadings>")[0] for part in said.decode().split("<m:IntervalReadings>")[1:]
    ]
    texts = [part.partition("<m:value>")[2].partition("</m:value>")[0] for part in inside]
    values = sum(bool(text.strip()) for text in texts)
    assert answered(world, said, "xml", said.count(b"<m:Readings>") + values)

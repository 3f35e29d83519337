"""IEC 61968-9 messages of head ends (MT-8): the same effect and the same receipts as JSON."""

from __future__ import annotations

import time
from typing import Any

import pytest

from services.metering.adapters.ami_xml import UnreadableError, read_xml
from services.metering.domain.entries import BadEntry, RunEntry, with_key
from services.metering.domain.reading_types import Meaning, meaning
from services.metering.handlers.ingest import Incoming
from tests.metering.cim import EXPORT_KWH, HALF_HOURS, IMPORT_KWH, X1, block, header, message, meter, reading
from tests.metering.world import HEAD_END, URAL, Receipt, World, interval_entry, register_entry

DAY = "2026-11-18"
ENDS = [f"{DAY}T{n // 2:02d}:{n % 2 * 30:02d}:00+05:00" for n in range(1, 48)] + ["2026-11-19T00:00:00+05:00"]
VALUES = [f"0.{n:03d}" for n in range(48)]


def read(said: bytes) -> Incoming:
    return Incoming(URAL, with_key(read_xml(said, HEAD_END)))


def take(world: World, *readings: str, **more: Any) -> Receipt:
    return world.ingest(read(message(*readings, **more)))[0]


def test_mt8_registers_and_intervals_of_an_xml_message_are_stored(world: World) -> None:
    one = world.meter()
    intervals = list(zip(ENDS, VALUES, strict=True))
    assert take(world, meter("M1", block(intervals), reading(f"{DAY}T00:00:00+05:00", "36.125"))) == Receipt(
        49, 0, 0, ()
    )
    assert world.day(one, DAY) == list(range(48))
    assert world.versions(one) == [(1, "36.125", True)]
    # As JSON it is the same again.
    assert world.take(
        interval_entry("M1", f"{DAY}T00:00:00", VALUES), register_entry("M1", f"{DAY}T00:00:00", "36.125")
    ) == Receipt(0, 49, 0, ())


def test_mt8_the_same_message_twice_gives_the_same_receipt(world: World) -> None:
    world.meter()
    said = message(meter("M1", reading(f"{DAY}T00:00:00+05:00", "1")))
    first = world.ingest_raw(read(said))
    assert world.ingest_raw(read(said)) == first
    assert f'"batch":"{X1}"' in first[0]


def test_mt8_the_batch_is_the_message_and_else_what_it_answers() -> None:
    both = read_xml(message(head=header(MessageID="m", CorrelationID="c")), HEAD_END)
    assert (both.batch, both.head_end) == ("m", HEAD_END)
    assert read_xml(message(head=header(MessageID="", CorrelationID="c")), HEAD_END).batch == "c"
    assert read_xml(message(head=header(Timestamp="")), HEAD_END).sent_at is None
    with pytest.raises(UnreadableError):
        read_xml(message(head=header(MessageID="")), HEAD_END)


def test_mt8_a_meter_is_its_name_and_else_its_mrid(world: World) -> None:
    one = world.meter()
    at = f"{DAY}T00:00:00+05:00"
    assert take(
        world, meter("", reading(at, "1"), mrid="M1"), meter("M1", reading(at, "1"), mrid="0d8c")
    ) == Receipt(1, 1, 0, ())
    assert world.versions(one) == [(1, "1", True)]
    assert take(
        world, meter("", reading(at, "1")), head=header(MessageID=X1.replace("e1", "e2"))
    ).rejected == ((0, "unknown_meter", 1),)


def test_mt8_intervals_in_any_order_with_holes_and_marks(world: World) -> None:
    one = world.meter()
    values = [(ENDS[5], "0.6"), (ENDS[2], "0.3"), (ENDS[3], "")]
    receipt = take(world, meter("M1", block(values, quality={1: "1.4.9", 2: "1.5.259"})))
    assert receipt == Receipt(2, 0, 0, ())
    assert world.day(one, DAY) == [None, None, 300, None, None, 600] + [None] * 42
    [row] = world.rows("select flags from interval_day")
    assert row["flags"] == {"2": "1.4.9", "3": "1.5.259"}


def test_mt8_the_end_of_a_day_may_be_written_as_hour_24(world: World) -> None:
    one = world.meter()
    take(world, meter("M1", block([(f"{DAY}T24:00:00+05:00", "0.5")])))
    assert world.day(one, DAY) == [None] * 47 + [500]


def test_mt8_entries_that_do_not_fit_are_rejected_alone_with_their_place_in_the_message(world: World) -> None:
    one = world.meter()
    at = f"{DAY}T00:00:00+05:00"
    receipt = take(
        world,
        meter("M1", reading(at, "7"), reading(at, "x"), reading("yesterday", "1"), reading(at, "1", "0.0.0")),
        meter("M9", reading(at, "1"), block([(ENDS[0], "1"), (ENDS[1], "2")])),
        meter(
            "M1",
            reading(at, "1", HALF_HOURS),
            reading(at, "1", EXPORT_KWH),
            block([(ENDS[0], "1"), (ENDS[0], "2")]),
            block([(ENDS[0], "1"), (f"{DAY}T00:45:00+05:00", "2")]),
            block([(ENDS[0], "0.0001")]),
            block([(ENDS[0], "-1")]),
            block([]),
            block([(ENDS[0], "1")], IMPORT_KWH),
            block([("2026-11-21T00:00:00+05:00", "1")]),
            block([(f"{DAY}T00:10:00+05:00", "1")]),
            block([(ENDS[0], "1"), ("2001-01-01T00:30:00+05:00", "1")]),
            block([(ENDS[0], "0.009")]),
        ),
    )
    assert world.versions(one) == [(1, "7", True)]
    assert world.day(one, DAY) == [9] + [None] * 47
    assert (receipt.accepted, receipt.duplicates, receipt.corrected) == (2, 0, 0)
    assert receipt.rejected == (
        (1, "malformed_entry", 1),
        (2, "malformed_entry", 1),
        (3, "unknown_register", 1),
        (4, "unknown_meter", 1),
        (5, "unknown_meter", 2),
        (6, "malformed_entry", 1),
        (7, "unknown_register", 1),
        (8, "malformed_entry", 2),
        (9, "time_misaligned", 2),
        (10, "value_unfit", 1),
        (11, "value_unfit", 1),
        (12, "malformed_entry", 0),
        (13, "malformed_entry", 1),
        (14, "time_in_future", 1),
        (15, "time_misaligned", 1),
        (16, "malformed_entry", 2),
    )


@pytest.mark.parametrize(
    ("reading_type", "expected"),
    [
        (IMPORT_KWH, Meaning("1.8.0", 0, 0)),
        (EXPORT_KWH, Meaning("2.8.0", 0, 0)),
        ("0.0.0.1.1.1.12.0.0.0.0.2.0.0.0.3.72.0", Meaning("1.8.2", 0, 0)),
        ("0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.0.72.0", Meaning("1.8.0", 0, -3)),
        ("0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.6.72.0", Meaning("1.8.0", 0, 3)),
        ("11.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0", Meaning("1.8.0", 0, 0)),
        (HALF_HOURS, Meaning("1.29.0", 30, 0)),
        ("0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0", Meaning("1.29.0", 15, -3)),
        ("0.0.7.4.19.1.12.0.0.0.0.0.0.0.0.3.72.0", Meaning("2.29.0", 60, 0)),
        ("0.0.0.1.1.1.12.0.0.0.0.9.0.0.0.3.72.0", None),  # no such register
        ("0.0.0.1.1.1.37.0.0.0.0.0.0.0.0.3.38.0", None),  # power
        ("0.0.0.1.1.7.58.0.0.0.0.0.0.0.0.0.42.0", None),  # gas
        ("0.0.0.1.1.1.12.0.0.0.0.0.0.0.128.3.72.0", None),  # of one phase
        ("0.2.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0", None),  # an average
        ("0.0.4.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0", None),  # a day's delta
        ("0.0.0.12.1.1.12.0.0.0.0.0.0.0.0.3.72.0", None),  # of a moment
        ("0.0.0.1.1.1.12", None),
        ("", None),
        ("\u0660.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0", None),
    ],
)
def test_mt8_what_a_reading_type_is_with_us(reading_type: str, expected: Meaning | None) -> None:
    assert meaning(reading_type) == expected


def test_mt8_multipliers_change_the_unit_and_round_nothing(world: World) -> None:
    one = world.meter()
    in_wh, in_mwh = IMPORT_KWH.replace(".3.72", ".0.72"), IMPORT_KWH.replace(".3.72", ".6.72")
    receipt = take(
        world,
        meter(
            "M1",
            reading(f"{DAY}T00:00:00+05:00", "36125", in_wh),
            reading(f"{DAY}T01:00:00+05:00", "0.0361259", in_mwh),
            reading(f"{DAY}T02:00:00+05:00", "36125.5", in_wh),
            block([(ENDS[0], "141")], HALF_HOURS.replace(".3.72", ".0.72")),
        ),
    )
    assert receipt == Receipt(2, 0, 0, ((1, "value_unfit", 1), (2, "value_unfit", 1)))
    assert world.versions(one) == [(1, "36.125", True)]
    assert world.day(one, DAY) == [141] + [None] * 47


LAUGHS = (
    '<!DOCTYPE EventMessage [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    + "".join(f'<!ENTITY {chr(c + 1)} "{f"&{chr(c)};" * 10}">' for c in range(ord("b"), ord("l")))
    + "]>"
)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<a/>",
        b"not xml",
        b"\xff\xfe",
        message()[:-10],
        message(head=header(noun="EndDeviceEvents")),
        message(head=header(verb="delete")),
        message(head=header(Timestamp="now")),
        message().replace(b"MeterReadings#", b"Other#"),
        message().replace(b"<Header>", b"<Head>").replace(b"</Header>", b"</Head>"),
        message(before="<!DOCTYPE EventMessage>"),
        message(before='<!DOCTYPE EventMessage SYSTEM "file:///etc/passwd">'),
        message(before='<!DOCTYPE EventMessage SYSTEM "http://127.0.0.1:9/x.dtd">'),
        message(head=header().replace(X1, "&x;"), before='<!DOCTYPE EventMessage [<!ENTITY x "y">]>'),
        message(
            head=header().replace(X1, "&x;"),
            before='<!DOCTYPE EventMessage [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        ),
        message(head=header().replace(X1, "&l;"), before=LAUGHS),
        message("<m:x>" * 3_000 + "</m:x>" * 3_000),
        message().replace(b"UTF-8", b"no-such-encoding"),
    ],
)
def test_mt8_what_is_no_message_or_brings_a_dtd_is_not_read(body: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(UnreadableError):
        read_xml(body, HEAD_END)
    assert time.monotonic() - began < 10


def test_mt8_other_message_namespaces_and_encodings_are_read() -> None:
    said = message(meter("M1", reading(f"{DAY}T00:00:00+05:00", "1")))
    inside = said.replace(
        b'<EventMessage xmlns="http://iec.ch/TC57/2011/schema/message"><Header>',
        b'<x:CreatedMeterReadings xmlns:x="http://iec.ch/TC57/2011/MeterReadingsMessage">'
        b'<Header xmlns="http://iec.ch/TC57/2011/schema/message">',
    )
    inside = inside.replace(b"<Payload>", b"<x:Payload>").replace(b"</Payload>", b"</x:Payload>")
    inside = inside.replace(b"</EventMessage>", b"</x:CreatedMeterReadings>")
    wide = said.decode().replace("UTF-8", "UTF-16").encode("utf-16")
    for body in (inside, wide, said.replace(b"<Header>", b"<!-- c --><?p i?><Header>")):
        [entry] = read_xml(body, HEAD_END).entries
        assert not isinstance(entry, BadEntry | RunEntry)
        assert (entry.meter, entry.code) == ("M1", "1.8.0")

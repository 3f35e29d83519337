"""Batches as IEC 61968-9 ``MeterReadings`` messages.

The batch id is the header's MessageID, else its CorrelationID (answers to one request may share that one). An entry is
a ``Readings`` element (a register) or an ``IntervalBlocks`` element (a run of intervals), counted through the message
from 0. A meter's serial is its ``Names/name``, else its ``mRID``. The time of an interval is its end, as the standard
has it. No DTD, no entity, no network; libxml2's own limits on depth and length stay on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from lxml import etree

from services.metering.domain.entries import (
    BadEntry,
    Entry,
    EntryRefusedError,
    MeterBatch,
    RegisterEntry,
    RunEntry,
)
from services.metering.domain.reading_types import Meaning, meaning
from services.metering.domain.thousandths import ValueUnfitError, exact_values

HEADER = "{http://iec.ch/TC57/2011/schema/message}"
MESSAGES = (HEADER, "{http://iec.ch/TC57/2011/MeterReadingsMessage}")
READINGS = "{http://iec.ch/TC57/2011/MeterReadings#}"
VERBS = frozenset({"create", "created", "change", "changed", "reply"})
MAX_PLACES = 10_000  # of one block: more than half a year of half hours
MAX_QUALITY = 100

_NUMBER = re.compile(r"[+-]?\d{1,20}(?:\.\d{0,12})?|[+-]?\.\d{1,12}", re.ASCII)


class UnreadableError(Exception):
    """The body is no message with meter readings."""


def read_xml(body: bytes, head_end: str) -> MeterBatch:
    """Raises UnreadableError for a body that is no batch; what is wrong with an entry is said in its place."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableError("not well-formed") from error
    if root.getroottree().docinfo.doctype or root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableError("a document type is not taken")
    header, readings = _child(root, "Header", (HEADER,)), _child(root, "Payload", MESSAGES)
    readings = None if readings is None else _child(readings, "MeterReadings", (READINGS,))
    if header is None or readings is None:
        raise UnreadableError("no header, or no meter readings in the payload")
    if _text(header, HEADER, "Noun") != "MeterReadings" or _text(header, HEADER, "Verb") not in VERBS:
        raise UnreadableError("the header tells of something else")
    batch = _text(header, HEADER, "MessageID") or _text(header, HEADER, "CorrelationID")
    if not batch:
        raise UnreadableError("neither MessageID nor CorrelationID")
    said = _text(header, HEADER, "Timestamp")
    try:
        sent_at = _time(said) if said else None
    except EntryRefusedError as error:
        raise UnreadableError("Timestamp is no time") from error
    return MeterBatch(batch, head_end, sent_at, list(_entries(readings)))


def _entries(readings: Any) -> Iterator[Entry]:
    index = 0
    for reading in readings.iterchildren(f"{READINGS}MeterReading"):
        meter = _serial(reading)
        for element in reading.iterchildren(f"{READINGS}Readings", f"{READINGS}IntervalBlocks"):
            run = element.tag == f"{READINGS}IntervalBlocks"
            try:
                yield _run(index, meter, element) if run else _register(index, meter, element)
            except EntryRefusedError as refused:
                values = sum(1 for _ in _interval_values(element)) if run else 1
                yield BadEntry(index, refused.code, refused.detail, values)
            index += 1


def _serial(reading: Any) -> str:
    meter = _child(reading, "Meter", (READINGS,))
    if meter is None:
        return ""
    for names in meter.iterchildren(f"{READINGS}Names"):
        name = _text(names, READINGS, "name")
        if name:
            return name
    return _text(meter, READINGS, "mRID")


def _register(index: int, meter: str, element: Any) -> RegisterEntry:
    kind = _meaning(element)
    if kind.step:
        raise EntryRefusedError("malformed_entry", "a reading type of intervals on a register's reading")
    at = _time(_text(element, READINGS, "timeStamp"))
    return RegisterEntry(index, _named(meter), kind.code, at, _number(element, kind))


def _run(index: int, meter: str, element: Any) -> RunEntry:
    kind = _meaning(element)
    if not kind.step:
        raise EntryRefusedError("malformed_entry", "a block of intervals has no reading type of intervals")
    width = timedelta(minutes=kind.step)
    ends = [
        (_time(_text(one, READINGS, "timeStamp")), one)
        for one in element.iterchildren(f"{READINGS}IntervalReadings")
    ]
    if not ends:
        raise EntryRefusedError("malformed_entry", "a block without intervals")
    if len({end.tzinfo is None for end, _ in ends}) > 1:
        raise EntryRefusedError("time_unfit", "times need an offset")
    begin = min(end for end, _ in ends)
    places: dict[int, Any] = {}
    for end, one in ends:
        place, rest = divmod(end - begin, width)
        if rest:
            raise EntryRefusedError("time_misaligned", "a time is not on the grid of the block")
        if place >= MAX_PLACES:
            raise EntryRefusedError("malformed_entry", "the block is too long")
        if place in places:
            raise EntryRefusedError("malformed_entry", "two values for one interval")
        places[place] = one
    values: list[Decimal | None] = [None] * (max(places) + 1)
    flags: dict[int, str] = {}
    for place, one in places.items():
        if _text(one, READINGS, "value"):
            values[place] = _number(one, kind)
        quality = _quality(one)
        if quality:
            flags[place] = quality
    try:
        found = exact_values(values)
    except ValueUnfitError as error:
        raise EntryRefusedError("value_unfit", f"value {str(error)[:40]} does not fit the channel") from None
    try:
        start = begin - width
    except OverflowError:
        raise EntryRefusedError("time_unfit", "no meter was read then") from None
    return RunEntry(index, _named(meter), kind.code, start, kind.step, found, flags)


def _interval_values(element: Any) -> Iterator[str]:
    for one in element.iterchildren(f"{READINGS}IntervalReadings"):
        text = _text(one, READINGS, "value")
        if text:
            yield text


def _named(meter: str) -> str:
    if not meter:
        raise EntryRefusedError("unknown_meter", "the meter has no name")
    return meter


def _meaning(element: Any) -> Meaning:
    of = _child(element, "ReadingType", (READINGS,))
    said = "" if of is None else of.get("ref", "").strip()
    kind = meaning(said)
    if kind is None:
        raise EntryRefusedError("unknown_register", f"reading type {said[:60]!r} is not taken")
    return kind


def _number(element: Any, kind: Meaning) -> Decimal:
    """The value in kWh."""
    text = _text(element, READINGS, "value")
    if _NUMBER.fullmatch(text) is None:
        raise EntryRefusedError("malformed_entry", f"value {text[:40]!r} is no number")
    # Thirty-two digits at most, and a shift of the exponent alone: nothing is rounded.
    sign, digits, exponent = Decimal(text).as_tuple()
    return Decimal((sign, digits, int(exponent) + kind.scale))


def _quality(one: Any) -> str:
    """References of the interval's quality marks, kept as its flag."""
    found = [
        kind.get("ref", "")
        for qualities in one.iterchildren(f"{READINGS}ReadingQualities")
        for kind in qualities.iterchildren(f"{READINGS}ReadingQualityType")
    ]
    return " ".join(filter(None, found))[:MAX_QUALITY]


def _time(text: str) -> datetime:
    try:
        if "T24:00:00" in text:
            # As xs:dateTime allows: the end of the day.
            return _time(text.replace("T24:00:00", "T00:00:00")) + timedelta(days=1)
        found: datetime = msgspec.convert(text, datetime)
    except (msgspec.ValidationError, OverflowError):
        raise EntryRefusedError("malformed_entry", f"{text[:40]!r} is no time") from None
    return found


def _child(parent: Any, name: str, spaces: tuple[str, ...]) -> Any:
    return next(parent.iterchildren(*[f"{space}{name}" for space in spaces]), None)


def _text(parent: Any, space: str, name: str) -> str:
    """The text of a child; nothing if it has children of its own."""
    found = _child(parent, name, (space,))
    return "" if found is None or len(found) else (found.text or "").strip()

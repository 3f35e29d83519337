"""IEC 61968-9 messages for tests."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

IMPORT_KWH = "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0"
EXPORT_KWH = "0.0.0.1.19.1.12.0.0.0.0.0.0.0.0.3.72.0"
X1 = "018f4e00-0000-7000-8000-0000000000e1"
HALF_HOURS = "0.0.5.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0"


def reading(at: str, value: str, kind: str = IMPORT_KWH) -> str:
    """A register's."""
    return (
        f"<m:Readings><m:timeStamp>{escape(at)}</m:timeStamp><m:value>{escape(value)}</m:value>"
        f"<m:ReadingType ref={quoteattr(kind)}/></m:Readings>"
    )


def block(
    values: list[tuple[str, str]], kind: str = HALF_HOURS, quality: dict[int, str] | None = None
) -> str:
    """Intervals: (end, value); without a value it is missing."""
    readings = []
    for place, (end, value) in enumerate(values):
        said = f"<m:value>{escape(value)}</m:value>" if value else ""
        mark = (quality or {}).get(place)
        if mark:
            said += f"<m:ReadingQualities><m:ReadingQualityType ref={quoteattr(mark)}/></m:ReadingQualities>"
        readings.append(
            f"<m:IntervalReadings><m:timeStamp>{escape(end)}</m:timeStamp>{said}</m:IntervalReadings>"
        )
    return f"<m:IntervalBlocks>{''.join(readings)}<m:ReadingType ref={quoteattr(kind)}/></m:IntervalBlocks>"


def meter(serial: str, *content: str, mrid: str = "") -> str:
    """A meter's readings; without a serial it has its mRID only."""
    named = f"<m:Names><m:name>{escape(serial)}</m:name></m:Names>" if serial else ""
    identified = f"<m:mRID>{escape(mrid)}</m:mRID>" if mrid else ""
    return f"<m:MeterReading><m:Meter>{identified}{named}</m:Meter>{''.join(content)}</m:MeterReading>"


def header(verb: str = "created", noun: str = "MeterReadings", **more: str) -> str:
    """``MessageID`` is that of ``X1`` unless told otherwise."""
    said = {
        "Verb": verb,
        "Noun": noun,
        "Revision": "2.0",
        "Timestamp": "2026-11-20T00:00:00Z",
        "MessageID": X1,
    }
    said |= more
    return "".join(f"<{name}>{escape(text)}</{name}>" for name, text in said.items() if text)


def message(*readings: str, head: str = "", before: str = "") -> bytes:
    """The whole."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}'
        '<EventMessage xmlns="http://iec.ch/TC57/2011/schema/message">'
        f"<Header>{head or header()}</Header><Payload>"
        '<m:MeterReadings xmlns:m="http://iec.ch/TC57/2011/MeterReadings#">'
        f"{''.join(readings)}</m:MeterReadings></Payload></EventMessage>"
    ).encode()

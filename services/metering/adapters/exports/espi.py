"""Green Button: an Atom feed of ESPI resources (NAESB REQ.21 4.0) that its schema accepts.

One usage point for the meter; a meter reading with its type for each channel and step of interval data (a block a
day), and one for each register (cumulative values). What has no value is left out; every value has its quality.
Identifiers are derived from the meter's, so that the same thing has the same one in every download. Values are whole
numbers, so the text is put together directly: an XML library would take twenty times as long for a year.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

from contracts.periods import parse_period, period_bounds
from contracts.sources import ESTIMATE
from contracts.zones import EXPORT_DIRECTION, IMPORT_DIRECTION, direction_of
from services.metering.adapters.exports.daylight import dst_rules
from services.metering.domain.consumption.directions import CHANNELS
from services.metering.domain.consumption.download import MeterData, Reading, Use
from services.metering.domain.consumption.intervals import RAW, IntervalDay
from services.metering.domain.intervals import MILLI, day_bounds

# Any fixed UUID does; it only has to stay the same for ever.
NAMESPACE: Final = uuid.UUID("3d0e6f0c-52c3-4f2e-8b57-0f6a8c1c2f57")
ROOT: Final = "/espi/1_1/resource"
DELTA, BULK = 4, 1
FLOWS: Final = {IMPORT_DIRECTION: 1, EXPORT_DIRECTION: 19}
NORMAL, VALIDATED, ESTIMATED = 12, 17, 8


class Commodity(NamedTuple):
    """How ESPI names a resource: service kind, commodity, kind of measurement."""

    service: int
    commodity: int
    kind: int


class Unit(NamedTuple):
    """A unit's symbol and power of ten, and what a thousandth of ours is in it."""

    symbol: int
    power: int
    thousandth: Decimal


# Kinds of measurement: 12 energy, 58 volume. Commodity 12 is the warm fluid whose heat is metered.
COMMODITIES: Final = {
    "electricity": Commodity(0, 1, 12),
    "gas": Commodity(1, 7, 58),
    "hot_water": Commodity(2, 9, 58),
    "cold_water": Commodity(2, 9, 58),
    "water": Commodity(2, 9, 58),
    "heating": Commodity(4, 12, 12),
}
OTHER: Final = Commodity(9, 0, 0)
# Electricity behind a transformer, its ratio applied, is "primary metered".
PRIMARY: Final = 2
# Watt hours; cubic metres in thousandths; joules, of which a calorie (international table) has 4.1868.
UNITS: Final = {
    "kWh": Unit(72, 0, Decimal(1)),
    "m3": Unit(42, -3, Decimal(1)),
    "Gcal": Unit(31, 0, Decimal(4_186_800)),
}
UNKNOWN_UNIT: Final = Unit(0, -3, Decimal(1))


def render_espi(data: MeterData, language: str) -> bytes:
    """The feed in UTF-8. ESPI has no words of its own to translate; ``language`` names the supplier."""
    return "".join(_Feed(data, language).parts()).encode()


class _Feed:
    def __init__(self, data: MeterData, language: str) -> None:
        self._data = data
        self._commodity = COMMODITIES.get(data.resource, OTHER)
        self._unit = UNITS.get(data.unit, UNKNOWN_UNIT)
        self._author = data.provider_name.get(language, "")
        self._updated = data.made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._point = f"{ROOT}/UsagePoint/{self._id('point')}"
        self._time = f"{ROOT}/LocalTimeParameters/{self._id('time')}"

    def parts(self) -> Iterator[str]:
        """The text from the declaration to the end tag."""
        data = self._data
        yield (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:espi="http://naesb.org/espi">'
            f"<id>urn:uuid:{self._id('feed', str(data.first), str(data.last))}</id>"
            f"<title>{escape(data.serial)}</title><updated>{self._updated}</updated>"
            f"<author><name>{escape(self._author)}</name></author>"
            f'<link rel="self" href="{self._point}"/>\n'
        )
        yield self._local_time()
        readings = list(self._meter_readings())
        summaries = list(self._summaries())
        yield self._entry(
            self._id("point"), self._point, f"{ROOT}/UsagePoint", "UsagePoint",
            f"<espi:ServiceCategory><espi:kind>{self._commodity.service}</espi:kind></espi:ServiceCategory>",
            related=[f"{self._point}/MeterReading", self._time]
            + ([f"{self._point}/UsageSummary"] if summaries else []),
        )  # fmt: skip
        yield from readings
        yield from summaries
        yield "</feed>\n"

    def _id(self, *names: str) -> str:
        return str(uuid.uuid5(NAMESPACE, "/".join((self._data.meter, *names))))

    def _entry(
        self, id_: str, address: str, up: str, element: str, content: str, related: Iterable[str] = ()
    ) -> str:
        links = "".join(f'<link rel="related" href="{other}"/>' for other in related)
        return (
            f'<entry><id>urn:uuid:{id_}</id><link rel="self" href="{address}"/>'
            f'<link rel="up" href="{up}"/>{links}<title>{element}</title>'
            f'<updated>{self._updated}</updated><content type="application/xml">'
            f"<espi:{element}>{content}</espi:{element}></content></entry>\n"
        )

    def _local_time(self) -> str:
        rules = dst_rules(self._data.zone, self._data.last.year)
        return self._entry(
            self._id("time"), self._time, f"{ROOT}/LocalTimeParameters", "LocalTimeParameters",
            f"<espi:dstEndRule>{rules.end:08X}</espi:dstEndRule>"
            f"<espi:dstOffset>{rules.dst_offset}</espi:dstOffset>"
            f"<espi:dstStartRule>{rules.start:08X}</espi:dstStartRule>"
            f"<espi:tzOffset>{rules.offset}</espi:tzOffset>",
        )  # fmt: skip

    def _meter_readings(self) -> Iterator[str]:
        days = sorted(self._data.days, key=lambda day: (day.channel, day.step, day.day))
        for (channel, step), group in groupby(days, key=lambda day: (day.channel, day.step)):
            direction = CHANNELS.get(channel, IMPORT_DIRECTION)
            yield from self._meter_reading(
                f"{channel}/{step}",
                self._type(DELTA, direction, step * 60, self._commodity_of(direction)),
                (self._block_of_day(f"{channel}/{step}", day) for day in group),
            )
        registers = sorted(self._data.readings, key=lambda reading: (reading.register, reading.at))
        for register, rows in groupby(registers, key=lambda reading: reading.register):
            found = list(rows)
            # A register shows what went through the meter itself, the transformer's ratio not applied.
            yield from self._meter_reading(
                register,
                self._type(BULK, direction_of(found[0].zone), 0, self._commodity.commodity, found[0].zone),
                [self._block_of_register(register, found)],
            )

    def _commodity_of(self, direction: str) -> int:
        primary = self._data.resource == "electricity" and self._data.ratio != 1
        return PRIMARY if primary else self._commodity.commodity

    def _meter_reading(self, name: str, type_: str, blocks: Iterable[str]) -> Iterator[str]:
        reading = f"{self._point}/MeterReading/{self._id('reading', name)}"
        kind = f"{ROOT}/ReadingType/{self._id('type', name)}"
        yield self._entry(
            self._id("reading", name), reading, f"{self._point}/MeterReading", "MeterReading", "",
            related=[f"{reading}/IntervalBlock", kind],
        )  # fmt: skip
        yield self._entry(self._id("type", name), kind, f"{ROOT}/ReadingType", "ReadingType", type_)
        yield from blocks

    def _type(self, accumulation: int, direction: str, seconds: int, commodity: int, zone: str = "") -> str:
        tou = self._data.tou(zone) if zone else 0
        return (
            f"<espi:accumulationBehaviour>{accumulation}</espi:accumulationBehaviour>"
            f"<espi:commodity>{commodity}</espi:commodity>"
            f"<espi:dataQualifier>{NORMAL}</espi:dataQualifier>"
            f"<espi:flowDirection>{FLOWS[direction]}</espi:flowDirection>"
            f"<espi:intervalLength>{seconds}</espi:intervalLength>"
            f"<espi:kind>{self._commodity.kind}</espi:kind>"
            f"<espi:powerOfTenMultiplier>{self._unit.power}</espi:powerOfTenMultiplier>"
            + (f"<espi:tou>{tou}</espi:tou>" if tou else "")
            + f"<espi:uom>{self._unit.symbol}</espi:uom>"
        )

    def _block_of_day(self, name: str, day: IntervalDay) -> str:
        scale = self._data.ratio * self._unit.thousandth
        whole = int(scale) if scale == int(scale) else None
        seconds, start = day.step * 60, int(day.starts_at.timestamp())
        begin, end = day_bounds(day.day, self._data.zone)
        zones = self._data.zones_of(day)
        tous = {zone: self._data.tou(zone) for zone in set(zones)}
        values = []
        for slot, amount in enumerate(day.amounts):
            if amount is None:
                continue
            value = amount * whole if whole is not None else _rounded(amount * scale)
            tou = tous[zones[slot]]
            values.append(
                "<espi:IntervalReading>"
                f"<espi:ReadingQuality><espi:quality>{day.mark(slot)}</espi:quality></espi:ReadingQuality>"
                f"<espi:timePeriod><espi:duration>{seconds}</espi:duration>"
                f"<espi:start>{start + slot * seconds}</espi:start></espi:timePeriod>"
                f"<espi:value>{value}</espi:value>"
                + (f"<espi:tou>{tou}</espi:tou>" if tou else "")
                + "</espi:IntervalReading>"
            )
        return self._block(name, str(day.day), int((end - begin).total_seconds()), start, values)

    def _block_of_register(self, register: str, rows: list[Reading]) -> str:
        first, last = (int(rows[end].at.timestamp()) for end in (0, -1))
        values = [
            "<espi:IntervalReading><espi:ReadingQuality>"
            f"<espi:quality>{ESTIMATED if row.source == ESTIMATE else RAW}</espi:quality></espi:ReadingQuality>"
            f"<espi:timePeriod><espi:duration>0</espi:duration><espi:start>{int(row.at.timestamp())}</espi:start>"
            f"</espi:timePeriod><espi:value>{self._whole(row.value)}</espi:value></espi:IntervalReading>"
            for row in rows
        ]
        return self._block(register, "register", last - first, first, values)

    def _block(self, name: str, which: str, seconds: int, start: int, values: list[str]) -> str:
        reading = f"{self._point}/MeterReading/{self._id('reading', name)}"
        id_ = self._id("block", name, which)
        return self._entry(
            id_, f"{reading}/IntervalBlock/{id_}", f"{reading}/IntervalBlock", "IntervalBlock",
            f"<espi:interval><espi:duration>{seconds}</espi:duration><espi:start>{start}</espi:start>"
            f"</espi:interval>{''.join(values)}",
        )  # fmt: skip

    def _summaries(self) -> Iterator[str]:
        for use in self._data.monthly:
            if use.total is None or use.direction != IMPORT_DIRECTION:
                continue
            yield self._summary(use, use.total)

    def _summary(self, use: Use, total: Decimal) -> str:
        period = str(use.start)
        begin, end = period_bounds(period, self._data.zone)
        start, seconds = _epoch(begin), _epoch(end) - _epoch(begin)
        id_ = self._id("summary", f"{parse_period(period)}")
        quality = ESTIMATED if use.estimated else VALIDATED
        return self._entry(
            id_, f"{self._point}/UsageSummary/{id_}", f"{self._point}/UsageSummary", "UsageSummary",
            f"<espi:billingPeriod><espi:duration>{seconds}</espi:duration>"
            f"<espi:start>{start}</espi:start></espi:billingPeriod>"
            "<espi:overallConsumptionLastPeriod>"
            f"<espi:powerOfTenMultiplier>{self._unit.power}</espi:powerOfTenMultiplier>"
            f"<espi:uom>{self._unit.symbol}</espi:uom><espi:value>{self._whole(total)}</espi:value>"
            "</espi:overallConsumptionLastPeriod>"
            f"<espi:qualityOfReading>{quality}</espi:qualityOfReading>"
            f"<espi:statusTimeStamp>{int(self._data.made_at.timestamp())}</espi:statusTimeStamp>"
            f"<espi:commodity>{self._commodity_of(use.direction)}</espi:commodity>",
        )  # fmt: skip

    def _whole(self, value: Decimal) -> int:
        return _rounded(value * MILLI * self._unit.thousandth)


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp())


def _rounded(value: Decimal) -> int:
    return int(value.to_integral_value())

"""What a download of a meter holds, whatever its format (MT-12)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from contracts.zones import EXPORT, IMPORT_DIRECTION
from services.metering.domain.consumption.directions import CHANNELS, schedule_of
from services.metering.domain.consumption.intervals import IntervalDay, slot_zones
from services.metering.domain.consumption.zones import Schedule
from services.metering.domain.intervals import MILLI


class Value(NamedTuple):
    """One interval: ``amount`` in the meter's unit, the ratio applied; ``mark`` by ESPI's numbers."""

    start: datetime
    minutes: int
    direction: str
    zone: str
    amount: Decimal
    mark: int


class Reading(NamedTuple):
    """What a register showed, without the ratio."""

    register: str
    zone: str
    at: datetime
    value: Decimal
    source: str


class Use(NamedTuple):
    """What was used in a month or a day (None: not known); ``estimated`` is the share of its known time, 0 to 1."""

    start: str | date
    direction: str
    total: Decimal | None
    estimated: Decimal | None


@dataclass(frozen=True)
class MeterData:
    """A meter from ``first`` to ``last``, local days of the supplier, both included."""

    meter: str
    serial: str
    model: str
    provider_name: dict[str, str]
    resource: str
    unit: str
    ratio: Decimal
    zone: ZoneInfo
    first: date
    last: date
    made_at: datetime
    schedule: Schedule
    # Zones in the order of the registers: ESPI numbers them.
    zones: tuple[str, ...]
    days: list[IntervalDay]
    readings: list[Reading]
    monthly: list[Use]
    daily: list[Use]

    def values(self) -> Iterator[Value]:
        """Every interval that has a value, in the order of channels and time."""
        for day in self.days:
            direction = CHANNELS.get(day.channel, IMPORT_DIRECTION)
            names = self.zones_of(day)
            for slot, amount in enumerate(day.amounts):
                if amount is not None:
                    yield Value(
                        day.moment(slot),
                        day.step,
                        direction,
                        names[slot],
                        amount * self.ratio / MILLI,
                        day.mark(slot),
                    )

    def zones_of(self, day: IntervalDay) -> tuple[str, ...]:
        """The zone of each slot of a day."""
        schedule = schedule_of(CHANNELS.get(day.channel, IMPORT_DIRECTION), self.schedule)
        return slot_zones(day.day, day.step, len(day.amounts), schedule, self.zone)

    def tou(self, zone: str) -> int:
        """The number of a zone, from 1; 0 where the meter tells none apart."""
        if len(self.zones) < 2 or zone == EXPORT:
            return 0
        return self.zones.index(zone) + 1 if zone in self.zones else 0

"""Events of metering."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

import msgspec

from contracts.events.base import Event


class RegisterValue(msgspec.Struct, frozen=True, kw_only=True):
    """A register's reading. ``consumption`` already has the transformer ratio applied, in the meter's unit."""

    register: str
    zone: str
    value: Decimal
    previous: Decimal | None = None
    consumption: Decimal | None = None


class ReadingAccepted(Event, frozen=True, kw_only=True):
    """A reading of all zones of a meter was accepted from a person, an operator or a register (MT-2, MT-3).

    ``in_time`` says whether it came within the provider's window of ``period``.
    """

    source: ClassVar[str] = "metering"
    reading: str
    account: str
    provider: str
    meter: str
    serial: str
    resource: str
    unit: str
    period: str
    taken_at: datetime
    origin: str
    in_time: bool
    values: list[RegisterValue]
    person: str | None = None

    def aggregate(self) -> str:
        return self.meter


class AutomatedReadingsStored(Event, frozen=True, kw_only=True):
    """A period of an automated meter has its closing register readings (MT-8)."""

    source: ClassVar[str] = "metering"
    account: str
    provider: str
    meter: str
    serial: str
    period: str
    at: datetime

    def aggregate(self) -> str:
        return self.meter

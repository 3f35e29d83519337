"""Events of metering."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

import msgspec

from contracts.events.base import Event
from contracts.events.staff import _StaffAction


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


class _KeptReading(Event, frozen=True, kw_only=True):
    source: ClassVar[str] = "metering"
    reading: str
    meter: str
    account: str
    provider: str
    serial: str
    resource: str
    period: str
    until: datetime
    at: datetime
    person: str | None = None

    def aggregate(self) -> str:
        return self.meter


class ReadingUnconfirmed(_KeptReading, frozen=True, kw_only=True):
    """A reading that was sent and is unusual still waits to be confirmed, and lapses at ``until`` (MT-4): said once,
    three days before. ``person`` is who sent it."""


class ReadingLapsed(_KeptReading, frozen=True, kw_only=True):
    """Nobody confirmed it until then: it does not count (MT-4)."""


class VerificationDue(Event, frozen=True, kw_only=True):
    """A meter must be verified soon (MT-11): said 30 and 7 days ahead, once each."""

    source: ClassVar[str] = "metering"
    meter: str
    account: str
    provider: str
    serial: str
    resource: str
    due_on: date
    days_left: int

    def aggregate(self) -> str:
        return self.meter


class _UsageAlert(Event, frozen=True, kw_only=True):
    """What both say. ``kind``: leak, base_load, surge, drop, nothing. ``first_day`` spoke for it first, ``last_day`` is
    the newest day looked at. ``found`` against ``usual``, in ``unit``: an hour for leak and base_load, a day else."""

    source: ClassVar[str] = "metering"
    alert: str
    account: str
    provider: str
    meter: str
    serial: str
    resource: str
    unit: str
    kind: str
    first_day: date
    last_day: date
    found: Decimal
    usual: Decimal
    at: datetime

    def aggregate(self) -> str:
        return self.meter


class UsageAlertRaised(_UsageAlert, frozen=True, kw_only=True):
    """The use of a home is not what it was: flow that never stops, a sudden change, nothing at all (MT-13)."""

    source: ClassVar[str] = "metering"


class UsageAlertCleared(_UsageAlert, frozen=True, kw_only=True):
    """What an alert told of has ended; it cleared itself (MT-13)."""

    source: ClassVar[str] = "metering"


class StaffActed(_StaffAction, frozen=True, kw_only=True):
    """A member of staff did or read something in metering (ID-10)."""

    source: ClassVar[str] = "metering"

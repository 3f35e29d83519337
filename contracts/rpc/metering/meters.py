"""Meters: passports, replacement, verification (MT-1, MT-11)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.faults import Fault
from contracts.rpc.base import AccountNumber, Id, Moment, Period, ProviderId, Ratio, Request, Serial, Volume
from contracts.rpc.metering.base import MAX_RATIO, RegisterValues
from contracts.rpc.words import Direction, ReadingSource, Resource, Unit, Zone


class ProofRequest(Request, frozen=True, kw_only=True):
    """Does the serial belong to a meter of the account?"""

    provider: ProviderId
    number: AccountNumber
    serial: Serial


class MeterRequest(Request, frozen=True, kw_only=True):
    """One meter."""

    meter: UUID


class ReplaceMeterRequest(Request, frozen=True, kw_only=True):
    """MT-1: what is not said of the new meter is as it was of the old one."""

    meter: UUID
    replaced_on: date
    closing: RegisterValues
    serial: Annotated[str, Meta(min_length=1, max_length=64)]
    opening: RegisterValues
    model: Annotated[str, Meta(max_length=100)] = ""
    zones: Annotated[int, Meta(ge=1, le=8)] | None = None
    digits: Annotated[int, Meta(ge=1, le=9)] | None = None
    decimals: Annotated[int, Meta(ge=0, le=6)] | None = None
    ratio: Ratio | None = None
    automated: bool | None = None
    export: bool | None = None
    verified_on: date | None = None
    next_verification_on: date | None = None

    def faults(self) -> Iterator[Fault]:
        """A ratio multiplies what the register counts."""
        if self.ratio is not None and not 0 < self.ratio <= MAX_RATIO:
            yield Fault("/ratio", "out_of_range", f"Above 0, at most {MAX_RATIO}.")


class VerificationRequest(Request, frozen=True, kw_only=True):
    """MT-11: when a meter was verified, and when it must be again."""

    meter: UUID
    verified_on: date
    next_verification_on: date


class Register(msgspec.Struct):
    """A register of a meter and the zone it counts; ``direction`` is import or export (MT-14)."""

    register: str
    zone: Zone
    direction: Direction


class LastReading(msgspec.Struct):
    """The newest reading of a register, and where it came from (MT-3)."""

    register: str
    zone: Zone
    value: Volume
    at: Moment
    period: Period
    source: ReadingSource
    source_name: str


class Window(msgspec.Struct):
    """The days of the present or the next opening, and for which month a reading sent today counts: null on days on
    which none is taken. ``kept``: today is outside the window, the reading waits for it."""

    open: bool
    opens_on: date
    closes_on: date
    counts_for: Period | None
    in_time: bool
    kept: bool


class Unconfirmed(msgspec.Struct):
    """A reading that was sent and is unusual: it counts once it is confirmed (MT-4)."""

    reading: Id
    period: Period
    sent_at: Moment
    values: dict[str, Volume]
    registers: list[str]
    until: Moment


class Meter(msgspec.Struct):
    """A meter's passport with its last readings (MT-11)."""

    meter: Id
    account: Id
    provider: ProviderId
    serial: str
    resource: Resource
    unit: Unit
    model: str
    digits: int
    decimals: int
    automated: bool
    installed_on: date
    verified_on: date | None
    next_verification_on: date | None
    registers: list[Register]
    last_readings: list[LastReading]
    unconfirmed: Unconfirmed | None
    window: Window


class Meters(msgspec.Struct):
    """Meters in place."""

    meters: list[Meter]


class MeterInPlace(msgspec.Struct):
    """One of the meters that stood in a place, one after the other (MT-1)."""

    meter: Id
    serial: str
    installed_on: date
    removed_on: date | None
    replaces: Id | None
    replaced_by: Id | None


class Passport(Meter):
    """A meter's passport, and the meters of the account for the same resource, the newest first (MT-11)."""

    ratio: Ratio
    removed_on: date | None
    history: list[MeterInPlace]


class Replaced(msgspec.Struct):
    """The new meter."""

    meter: Id
    replaces: Id
    installed_on: date
    serial: str


class Verified(msgspec.Struct):
    """As the passport has it now."""

    meter: Id
    verified_on: date
    next_verification_on: date

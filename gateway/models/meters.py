"""Meters and readings: passports, every version of a reading, readings without signing in, what staff do."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from contracts.rpc.base import Moment, ProviderId
from gateway.models.accounts import Submission


class ReadingsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``before`` is ``next`` of the page before."""

    before: Moment | None = None
    limit: int = 100


class GuestReadings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Readings of one meter without signing in (MT-5). Which proof is needed is the provider's: the meter's ``serial``,
    or the address. Where an account has several meters, ``serial`` or ``resource`` says which one is meant."""

    provider: ProviderId
    number: str
    values: dict[str, Decimal]
    serial: str = ""
    resource: str = ""
    house: str = ""
    letter: str = ""
    flat: str = ""
    extension: str = ""


class GuestQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``after`` is ``next`` of the page before."""

    provider: str | None = None
    after: str | None = None
    limit: int = 50


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take it or not; ``meter`` where it is not plain which one is meant."""

    accept: bool
    meter: str | None = None
    note: str = ""


class StaffSubmission(Submission, frozen=True, forbid_unknown_fields=True):
    """``source``: operator, control (an inspector's), estimate (MT-3). ``period`` where the day does not say it."""

    source: str = "operator"
    period: str | None = None


class AnyRegisterFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A register as ``csv`` text, or as a ``file`` in base64, whatever its encoding. A dry run only reports."""

    provider: ProviderId
    csv: str | None = None
    file: str | None = None
    dry_run: bool = False


class ReadingRegisterFile(AnyRegisterFile, frozen=True, forbid_unknown_fields=True):
    """``period`` where the lines' own days do not say it."""

    period: str | None = None


class Replacement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another meter in the place of one: last readings of the old, first ones of the new (MT-1). What is not said stays
    as it was."""

    replaced_on: date
    closing: dict[str, Decimal]
    serial: str
    opening: dict[str, Decimal]
    model: str = ""
    zones: int | None = None
    digits: int | None = None
    decimals: int | None = None
    ratio: Decimal | None = None
    automated: bool | None = None
    export: bool | None = None
    verified_on: date | None = None
    next_verification_on: date | None = None


class Verification(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When the meter was verified, and when it must be again (MT-11)."""

    verified_on: date
    next_verification_on: date

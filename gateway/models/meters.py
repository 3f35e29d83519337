"""Meters and readings: passports, every version of a reading, readings without signing in, what staff do."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.rpc.base import AddressPart, Period, ProviderId, Ratio, Serial
from contracts.rpc.metering.base import RegisterValues
from contracts.rpc.words import Resource, StaffReadingSource
from gateway.models.accounts import Submission
from gateway.models.base import BodyId, LongPageQuery, PageQuery


class ReadingsQuery(PageQuery, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A page of a meter's readings."""

    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class GuestReadings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Readings of one meter without signing in (MT-5). Which proof is needed is the provider's: the meter's ``serial``,
    or the address. Where an account has several meters, ``serial`` or ``resource`` says which one is meant."""

    provider: ProviderId
    number: Annotated[str, Meta(min_length=1, max_length=32)]
    values: RegisterValues
    serial: Serial = ""
    resource: Annotated[Resource, Meta(max_length=32)] = ""
    house: AddressPart = ""
    letter: AddressPart = ""
    flat: AddressPart = ""
    extension: AddressPart = ""


class GuestQuery(LongPageQuery, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Of one supplier, or of all."""

    provider: ProviderId | None = None


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take it or not; ``meter`` where it is not plain which one is meant."""

    accept: bool
    meter: BodyId | None = None
    note: Annotated[str, Meta(max_length=500)] = ""


class StaffSubmission(Submission, frozen=True, forbid_unknown_fields=True):
    """MT-3: ``period`` where the day of the reading does not say it."""

    source: StaffReadingSource = "operator"
    period: Period | None = None


class AnyImportFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """As ``csv`` text, or as a ``file`` in base64, whatever its encoding. A dry run only reports."""

    provider: ProviderId
    csv: Annotated[str, Meta(max_length=5_000_000)] | None = None
    file: Annotated[str, Meta(max_length=6_000_000)] | None = None
    dry_run: bool = False


class ReadingImportFile(AnyImportFile, frozen=True, forbid_unknown_fields=True):
    """``period`` where the lines' own days do not say it."""

    period: Period | None = None


class Replacement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another meter in the place of one: last readings of the old, first ones of the new (MT-1). What is not said stays
    as it was."""

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


class Verification(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When the meter was verified, and when it must be again (MT-11)."""

    verified_on: date
    next_verification_on: date

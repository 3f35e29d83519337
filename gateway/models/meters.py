"""Meters and readings: passports, every version of a reading, readings without signing in, what staff do."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from gateway.models.accounts import Meter, Submission
from gateway.models.moment import Moment
from gateway.models.staff import ImportReport


class MeterInPlace(msgspec.Struct):
    """One of the meters that stood in a place, one after the other (MT-1)."""

    meter: str
    serial: str
    installed_on: date
    removed_on: date | None
    replaces: str | None
    replaced_by: str | None


class Passport(Meter):
    """A meter's passport, and the meters of the account for the same resource, the newest first (MT-11)."""

    ratio: Decimal
    removed_on: date | None
    history: list[MeterInPlace]


class ReadingsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``before`` is ``next`` of the page before."""

    before: Moment | None = None
    limit: int = 100


class ReadingVersion(msgspec.Struct):
    """A version of a register's reading: its source, and whether it counts or was corrected (MT-3, MT-6). ``quality``
    by ESPI's numbers: 7 edited, 8 estimated, 10 questionable, 14 not looked at yet, 17 validated. One that is
    ``withheld`` did not pass, and counts once staff release it."""

    register: str
    zone: str
    direction: str
    at: Moment
    version: int
    value: Decimal
    period: str
    source: str
    source_name: str
    quality: int
    reading: str | None
    received_at: Moment
    counts: bool
    withheld: bool
    corrected_at: Moment | None


class ReadingVersions(msgspec.Struct):
    """Newest first."""

    meter: str
    unit: str
    readings: list[ReadingVersion]
    next: Moment | None


class GuestReadings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Readings of one meter without signing in (MT-5). Which proof is needed is the provider's: the meter's ``serial``,
    or the address. Where an account has several meters, ``serial`` or ``resource`` says which one is meant."""

    provider: str
    number: str
    values: dict[str, Decimal]
    serial: str = ""
    resource: str = ""
    house: str = ""
    letter: str = ""
    flat: str = ""
    extension: str = ""


class GuestReceived(msgspec.Struct):
    """It came in. The answer is the same whatever was sent."""

    received: bool


class GuestQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``after`` is ``next`` of the page before."""

    provider: str | None = None
    after: str | None = None
    limit: int = 50


class GuestReading(msgspec.Struct):
    """What somebody sent without signing in, and the code of what kept it from being taken."""

    reading: str
    provider: str
    account_number: str
    account: str
    serial: str | None
    resource: str | None
    proof: dict[str, str]
    values: dict[str, Decimal]
    received_at: Moment
    reason: str | None


class GuestQueue(msgspec.Struct):
    """Oldest first."""

    readings: list[GuestReading]
    next: str | None


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take it or not; ``meter`` where it is not plain which one is meant."""

    accept: bool
    meter: str | None = None
    note: str = ""


class Decided(msgspec.Struct):
    """Its state from now on; ``submission`` if it counts."""

    reading: str
    state: str
    submission: str | None


class StaffSubmission(Submission, frozen=True, forbid_unknown_fields=True):
    """``source``: operator, control (an inspector's), estimate (MT-3). ``period`` where the day does not say it."""

    source: str = "operator"
    period: str | None = None


class AnyRegisterFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A register as ``csv`` text, or as a ``file`` in base64, whatever its encoding. A dry run only reports."""

    provider: str
    csv: str | None = None
    file: str | None = None
    dry_run: bool = False


class ReadingRegisterFile(AnyRegisterFile, frozen=True, forbid_unknown_fields=True):
    """``period`` where the lines' own days do not say it."""

    period: str | None = None


class ReadingsReport(ImportReport):
    """``unchanged``: lines that were taken before, in an earlier file."""

    unchanged: int


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


class Replaced(msgspec.Struct):
    """The new meter."""

    meter: str
    replaces: str
    installed_on: date
    serial: str


class Verification(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When the meter was verified, and when it must be again (MT-11)."""

    verified_on: date
    next_verification_on: date


class Verified(msgspec.Struct):
    """As the passport has it now."""

    meter: str
    verified_on: date
    next_verification_on: date

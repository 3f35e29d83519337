"""Linked accounts, meters, readings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from gateway.models.moment import Moment


class NewLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """ID-6: ``proof`` is what the provider asks for (see /providers): here the meter's serial."""

    provider: str
    number: str
    proof: str
    name: str = ""
    group: str = ""


class Linked(msgspec.Struct):
    """The account is in the cabinet."""

    account: str
    provider: str
    number: str
    name: str
    group: str


class Unlinked(msgspec.Struct):
    """The account is out of the cabinet."""

    account: str


class LinkedAccount(msgspec.Struct):
    """An account with its group and own name."""

    account: str
    provider: str
    number: str
    name: str
    group: str
    group_id: str
    scopes: list[str]


class LinkedAccounts(msgspec.Struct):
    """All of the person's accounts."""

    accounts: list[LinkedAccount]


class Register(msgspec.Struct):
    """A register of a meter and the zone it counts."""

    register: str
    zone: str


class LastReading(msgspec.Struct):
    """The newest reading of a register, and where it came from (MT-3)."""

    register: str
    zone: str
    value: Decimal
    at: Moment
    period: str
    source: str
    source_name: str


class Window(msgspec.Struct):
    """On which days readings are taken, and for which month one sent now counts."""

    open: bool
    first_day: int
    last_day: int
    counts_for: str | None
    in_time: bool


class Meter(msgspec.Struct):
    """A meter's passport with its last readings (MT-11)."""

    meter: str
    account: str
    provider: str
    serial: str
    resource: str
    unit: str
    model: str
    digits: int
    decimals: int
    automated: bool
    installed_on: date
    next_verification_on: date | None
    registers: list[Register]
    last_readings: list[LastReading]
    window: Window


class Meters(msgspec.Struct):
    """Meters in place."""

    meters: list[Meter]


class Submission(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value for every register of the meter (MT-2). ``confirmed`` answers ``reading_jump``."""

    values: dict[str, Decimal]
    taken_at: Moment | None = None
    confirmed: bool = False


class AcceptedValue(msgspec.Struct):
    """A register's reading and what it makes."""

    register: str
    zone: str
    value: Decimal
    previous: Decimal | None
    consumption: Decimal | None


class ChargeLine(msgspec.Struct):
    """A line of a preliminary charge with its formula (BL-6)."""

    resource: str
    component: str
    zone: str
    unit: str
    opening: Decimal | None
    closing: Decimal | None
    consumption: Decimal
    price: Decimal
    amount: Decimal
    vat: Decimal
    rule: str
    formula: str


class Preliminary(msgspec.Struct):
    """What the reading costs, and what there would be to pay with it."""

    account: str
    period: str
    currency: str
    lines: list[ChargeLine]
    total: Decimal
    balance: Decimal
    to_pay: Decimal
    complete: bool


class Taken(msgspec.Struct):
    """The reading was taken."""

    reading: str
    account: str
    meter: str
    serial: str
    resource: str
    unit: str
    period: str
    in_time: bool
    taken_at: Moment
    source: str
    source_name: str
    corrects_earlier: bool
    values: list[AcceptedValue]


class Accepted(Taken):
    """The reading was taken. ``preliminary`` is null while billing is away; the reading counts all the same."""

    preliminary: Preliminary | None


class IntervalQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Local days, both included."""

    first_day: date
    last_day: date


class IntervalDay(msgspec.Struct):
    """A day of a channel: amounts in thousandths of the unit, null for missing."""

    channel: str
    day: date
    starts_at: Moment
    step: int
    version: int
    amounts: list[int | None]
    flags: dict[str, str] | None


class IntervalDays(msgspec.Struct):
    """Interval data of a meter."""

    unit: str
    days: list[IntervalDay]


class DeliveryChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``email``, ``both`` or ``paper`` (BL-1)."""

    delivery: str


class DeliveryChosen(msgspec.Struct):
    """How bills come from now on."""

    account: str
    delivery: str


class Points(msgspec.Struct):
    """What a criterion gave in a period (LY-2)."""

    period: str | None
    points: int
    counts: bool
    missed: str | None
    at: Moment


class Criterion(msgspec.Struct):
    """A criterion of the programme and what it gave."""

    criterion: str
    gives: int | None
    lasting: bool
    points: int
    periods: list[Points]


class LevelThreshold(msgspec.Struct, rename={"from_": "from"}):
    """From how many points a level begins."""

    level: str
    from_: int


class Standing(msgspec.Struct):
    """Points and level of an account, criterion by criterion (LY-1)."""

    account: str
    provider: str
    points: int
    level: str
    rank: int
    next_level: str | None
    points_missing: int
    first_period: str | None
    levels: list[LevelThreshold]
    criteria: list[Criterion]

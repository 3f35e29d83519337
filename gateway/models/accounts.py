"""Linked accounts, meters, readings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from gateway.models.moment import Moment


class Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the provider asks for (``proof_fields`` of /providers): a meter's serial, the amount of the last payment
    with a point or a comma, or the address in parts."""

    serial: str = ""
    amount: str = ""
    house: str = ""
    letter: str = ""
    flat: str = ""
    extension: str = ""


class NewLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """ID-6: a serial or an amount may be given as a text alone."""

    provider: str
    number: str
    proof: str | Proof
    name: str = ""
    group: str = ""


class Linked(msgspec.Struct):
    """The account is in the cabinet. ``state`` is linked, or limited: after a weak proof only what is owed is shown,
    until the contact that the supplier has on file confirms it."""

    account: str
    provider: str
    number: str
    name: str
    group: str
    state: str
    scopes: list[str]


class AccountChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One's own name of an account, and its group; what is left out stays."""

    name: str | None = None
    group: str | None = None


class AccountChanged(msgspec.Struct):
    """The change counts."""

    account: str


class NewConfirmation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of one's own link, or of that of an organisation that one directs."""

    organisation: str | None = None


class ConfirmationSent(msgspec.Struct):
    """A code is on its way to the e-mail address that the supplier has; ``to`` shows a part of it."""

    sent: bool
    to: str
    expires_at: Moment


class ConfirmationCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The code from there."""

    code: str
    organisation: str | None = None


class PassportChecked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``login`` is the phone or e-mail address by which the person whose passport was checked signs in."""

    login: str


class Confirmed(msgspec.Struct):
    """The account is open in full."""

    account: str
    person: str
    state: str
    scopes: list[str]


class Unlinked(msgspec.Struct):
    """The account is out of the cabinet."""

    account: str


class GrantedBy(msgspec.Struct):
    """Whose account it is, and what they allow until when (ID-11)."""

    grant: str
    by: str
    scopes: list[str]
    until: Moment | None


class AccountOf(msgspec.Struct):
    """The organisation that has the account, and one's role there (ID-8)."""

    organisation: str
    name: str
    role: str
    limited: bool


class LinkedAccount(msgspec.Struct):
    """An account with its group and own name. ``state``: linked, limited, granted (by another person), organisation;
    ``scopes`` of all ways together: amounts, see, readings, pay. An account of an organisation only is in no group of
    one's own."""

    account: str
    provider: str
    number: str
    name: str
    group: str
    group_id: str | None
    state: str
    scopes: list[str]
    granted: list[GrantedBy]
    organisations: list[AccountOf]


class LinkedAccounts(msgspec.Struct):
    """All of the person's accounts."""

    accounts: list[LinkedAccount]


class Register(msgspec.Struct):
    """A register of a meter and the zone it counts; ``direction`` is import or export (MT-14)."""

    register: str
    zone: str
    direction: str


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
    """The days of the present or the next opening, and for which month a reading sent today counts: null on days on
    which none is taken. ``kept``: today is outside the window, the reading waits for it."""

    open: bool
    opens_on: date
    closes_on: date
    counts_for: str | None
    in_time: bool
    kept: bool


class Unconfirmed(msgspec.Struct):
    """A reading that was sent and is unusual: it counts once it is confirmed (MT-4)."""

    reading: str
    period: str
    sent_at: Moment
    values: dict[str, Decimal]
    registers: list[str]
    until: Moment


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
    verified_on: date | None
    next_verification_on: date | None
    registers: list[Register]
    last_readings: list[LastReading]
    unconfirmed: Unconfirmed | None
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
    """The reading was taken. ``message``: ``reading_taken``, or ``kept_for_next_window`` if it was sent outside one."""

    reading: str
    account: str
    meter: str
    serial: str
    resource: str
    unit: str
    period: str
    in_time: bool
    kept: bool
    message: str
    taken_at: Moment
    source: str
    source_name: str
    corrects_earlier: bool
    values: list[AcceptedValue]


class Accepted(Taken):
    """The reading was taken. Where ``preliminary`` is null, ``preliminary_missing`` is the code of why (a part of the
    system is away, ``tariff_missing``); the reading counts all the same."""

    preliminary: Preliminary | None
    preliminary_missing: str | None


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

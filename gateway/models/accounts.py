"""Linked accounts, meters, readings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from contracts.rpc.base import Moment, ProviderId
from contracts.rpc.billing import Preliminary
from contracts.rpc.metering import Taken


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

    provider: ProviderId
    number: str
    proof: str | Proof
    name: str = ""
    group: str = ""


class AccountChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One's own name of an account, and its group; what is left out stays."""

    name: str | None = None
    group: str | None = None


class NewConfirmation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of one's own link, or of that of an organisation that one directs."""

    organisation: str | None = None


class ConfirmationCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The code from there."""

    code: str
    organisation: str | None = None


class PassportChecked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``login`` is the phone or e-mail address by which the person whose passport was checked signs in."""

    login: str


class Submission(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value for every register of the meter (MT-2). ``confirmed`` answers ``reading_jump``."""

    values: dict[str, Decimal]
    taken_at: Moment | None = None
    confirmed: bool = False


class Accepted(Taken):
    """The reading was taken. Where ``preliminary`` is null, ``preliminary_missing`` is the code of why (a part of the
    system is away, ``tariff_missing``); the reading counts all the same."""

    preliminary: Preliminary | None
    preliminary_missing: str | None


class IntervalQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Local days, both included."""

    first_day: date
    last_day: date


class DeliveryChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``email``, ``both`` or ``paper`` (BL-1)."""

    delivery: str

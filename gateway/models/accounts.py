"""Linked accounts, meters, readings."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.rpc.base import AddressPart, Moment, ProviderId, Serial, SixDigits
from contracts.rpc.billing import Preliminary
from contracts.rpc.identity.base import ShortName
from contracts.rpc.metering import Taken
from contracts.rpc.metering.base import RegisterValues
from contracts.rpc.words import Delivery
from gateway.models.base import BodyId, Login


class Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the provider asks for (``proof_fields`` of /providers): a meter's serial, the amount of the last payment
    with a point or a comma, or the address in parts."""

    serial: Serial = ""
    amount: Annotated[str, Meta(max_length=32)] = ""
    house: AddressPart = ""
    letter: AddressPart = ""
    flat: AddressPart = ""
    extension: AddressPart = ""


#: As it was typed, with spaces and marks that are tidied away.
TypedNumber = Annotated[str, Meta(max_length=64)]
#: An object, or the serial or amount alone as a text.
TypedProof = Annotated[str, Meta(min_length=1, max_length=64)] | Proof


class NewLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """ID-6: a serial or an amount may be given as a text alone."""

    provider: ProviderId
    number: TypedNumber
    proof: TypedProof
    name: ShortName = ""
    group: ShortName = ""


class AccountChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One's own name of an account, and its group; what is left out stays."""

    name: ShortName | None = None
    group: BodyId | None = None


class NewConfirmation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of one's own link, or of that of an organisation that one directs."""

    organisation: BodyId | None = None


class ConfirmationCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The code from there."""

    code: SixDigits
    organisation: BodyId | None = None


class PassportChecked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``login`` is the phone or e-mail address by which the person whose passport was checked signs in."""

    login: Login


class Submission(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value for every register of the meter (MT-2). ``confirmed`` answers ``reading_jump``."""

    values: RegisterValues
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
    """How bills come (BL-1)."""

    delivery: Delivery

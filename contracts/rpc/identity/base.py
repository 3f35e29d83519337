"""What requests of identity share."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from contracts.rpc.base import AddressPart, Id, Request
from contracts.rpc.words import SecondFactorState, StaffRole

#: A surname, a name or a patronymic as it was typed (ID-1, ID-5); which characters it may have the service says.
PersonName = Annotated[str, Meta(max_length=200)]
#: What a person calls a thing of their own: a group, an organisation (ID-7, ID-8).
Label = Annotated[str, Meta(max_length=1000)]
#: What a person calls a group of accounts (ID-7).
GroupLabel = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"\S")]
#: A note of the giver's own, of at most a line.
ShortName = Annotated[str, Meta(max_length=60)]
#: A phone in any usual form, or an e-mail address.
Contact = Annotated[str, Meta(min_length=1, max_length=254)]
#: A phone in any usual form.
Phone = Annotated[str, Meta(max_length=32)]
#: A password as it was typed; what is wrong with it the rules tell (ID-2).
Password = Annotated[str, Meta(max_length=256)]
#: The caller's User-Agent.
Device = Annotated[str, Meta(max_length=512)]


class ProofParts(Request, frozen=True, kw_only=True):
    """The parts of all kinds of proof; which of them are needed the provider says (see /providers)."""

    serial: Annotated[str, Meta(max_length=64)] = ""
    amount: Annotated[str, Meta(max_length=32)] = ""
    house: AddressPart = ""
    letter: AddressPart = ""
    flat: AddressPart = ""
    extension: AddressPart = ""


#: An object, or the serial or amount alone as a text.
Proof = Annotated[str, Meta(min_length=1, max_length=64)] | ProofParts


class Unlinked(msgspec.Struct):
    """The account is out of the cabinet."""

    account: Id


class Tokens(msgspec.Struct):
    """An access token for the Authorization header (Bearer), and the refresh token for the next pair. ``roles`` are
    those in the token. ``second_factor``: ``none``, ``confirmed`` in this session, or ``to_enrol`` for staff, whose
    roles come with it."""

    person: Id
    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    refresh_token: str
    roles: list[StaffRole]
    second_factor: SecondFactorState

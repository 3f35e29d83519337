"""One's own profile, contacts and password (ID-5)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from contracts.rpc.base import Email, Id, Moment, Request, SixDigits
from contracts.rpc.identity.base import Password, PersonName, Phone
from contracts.rpc.words import (
    ConsentConsequence,
    ConsentDocument,
    ConsentState,
    KeptByLaw,
    Language,
    Sex,
    StaffRole,
)


class ProfileRequest(Request, frozen=True, kw_only=True):
    """What is to change; what is left out stays."""

    surname: PersonName | UnsetType = UNSET
    name: PersonName | UnsetType = UNSET
    patronymic: PersonName | UnsetType = UNSET
    birth_date: date | UnsetType | None = UNSET
    sex: Sex | UnsetType | None = UNSET
    language: Language | UnsetType = UNSET


class EmailRequest(Request, frozen=True, kw_only=True):
    """A new e-mail address, with one's password."""

    email: Email
    password: Password


class PhoneRequest(Request, frozen=True, kw_only=True):
    """A new phone, with one's password."""

    phone: Phone
    password: Password


class CodeRequest(Request, frozen=True, kw_only=True):
    """The code that came to the new address."""

    code: SixDigits


class StopByCodeRequest(Request, frozen=True, kw_only=True):
    """The old phone and the code that came to it."""

    phone: Phone
    code: SixDigits


class PasswordRequest(Request, frozen=True, kw_only=True):
    """The old one and the new one."""

    old: Password
    new: Password


class EraseRequest(Request, frozen=True, kw_only=True):
    """With one's password, so that a phone left on a table is not enough."""

    password: Password


class DocumentRequest(Request, frozen=True, kw_only=True):
    """A consent to take back (ID-9)."""

    document: Annotated[str, Meta(max_length=32)]


class PhoneChange(msgspec.Struct):
    """A new phone that is confirmed and waits for its day."""

    phone: str
    takes_effect_at: Moment


class Profile(msgspec.Struct):
    """The person's own data (ID-5)."""

    person: Id
    phone: str | None
    email: str | None
    surname: str
    name: str
    patronymic: str
    birth_date: date | None
    sex: Sex | None
    language: Language
    roles: list[StaffRole]
    phone_change: PhoneChange | None


class CodeSent(msgspec.Struct):
    """The code is on its way."""

    sent: bool


class EmailConfirmed(msgspec.Struct):
    """The address counts from now on."""

    email: str


class PhoneConfirmed(msgspec.Struct):
    """``phone`` counts now; ``change`` is the new one where it has to wait."""

    phone: str | None
    change: PhoneChange | None


class ChangeCancelled(msgspec.Struct):
    """The phone stays as it is."""

    cancelled: bool


class PasswordSet(msgspec.Struct):
    """The new password counts; this many other sessions have ended."""

    changed: bool
    sessions_ended: int


class ConsentRecord(msgspec.Struct):
    """Which text, when, from where (ID-9). ``state``: given, replaced (by a later version), revoked."""

    document: ConsentDocument
    version: str
    state: ConsentState
    given_at: Moment
    given_from: str
    revoked_at: Moment | None


class Consents(msgspec.Struct):
    """Every record, newest first."""

    consents: list[ConsentRecord]


class ConsentGiven(msgspec.Struct):
    """It holds from now on."""

    document: ConsentDocument
    version: str


class ConsentRevoked(msgspec.Struct):
    """``follows``: codes of what comes of it."""

    document: ConsentDocument
    revoked_at: Moment
    follows: list[ConsentConsequence]


class PersonalData(msgspec.Struct):
    """All that is held on the person, by service; ``missing`` names services that did not answer."""

    person: Id
    at: Moment
    missing: list[str]
    parts: dict[str, dict[str, Any]]


class Erased(msgspec.Struct):
    """``kept``: codes of what law keeps."""

    erased: bool
    kept: list[KeptByLaw]

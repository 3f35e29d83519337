"""One's own profile, contacts and password (ID-5)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from contracts.rpc.base import Email, Language, Request, SixDigits
from contracts.rpc.identity.base import Password, PersonName, Phone


class ProfileRequest(Request, frozen=True, kw_only=True):
    """What is to change; what is left out stays."""

    surname: PersonName | UnsetType = UNSET
    name: PersonName | UnsetType = UNSET
    patronymic: PersonName | UnsetType = UNSET
    birth_date: date | UnsetType | None = UNSET
    sex: Literal["female", "male"] | UnsetType | None = UNSET
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

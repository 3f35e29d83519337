"""Registering (ID-1) and the rules of passwords (ID-2)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.rpc.base import END, Email, Id, ProviderId, Request, SixDigits
from contracts.rpc.identity.base import Password, PersonName, Phone, Proof, Tokens
from contracts.rpc.words import Language, PasswordRule


class Consent(Request, frozen=True, kw_only=True):
    """A version of a document that was consented to (ID-9)."""

    document: Annotated[str, Meta(pattern="^[a-z][a-z_]{0,31}" + END)]
    version: Annotated[str, Meta(min_length=1, max_length=32)]


class Linking(Request, frozen=True, kw_only=True):
    """The account to link once the registration is confirmed; ``proof`` as linking takes it (ID-6)."""

    provider: ProviderId
    number: Annotated[str, Meta(max_length=64)]
    proof: Proof


class _Registering(Request, frozen=True, kw_only=True):
    """What both ways of registering share. ``provider`` names the supplier whose form it is."""

    password: Password
    agreement: Annotated[str, Meta(min_length=1, max_length=32)]
    language: Language = "ru"
    surname: PersonName = ""
    name: PersonName = ""
    consents: Annotated[list[Consent], Meta(max_length=10)] = []
    provider: ProviderId = ""
    account: Linking | None = None
    address: Annotated[str, Meta(max_length=64)] = ""


class RegisterRequest(_Registering, frozen=True, kw_only=True):
    """By phone."""

    phone: Phone


class RegisterByEmailRequest(_Registering, frozen=True, kw_only=True):
    """By e-mail, with a name."""

    email: Email
    surname: PersonName
    name: PersonName


class RegistrationRequest(Request, frozen=True, kw_only=True):
    """One that waits."""

    registration: UUID


class ConfirmRequest(RegistrationRequest, frozen=True, kw_only=True):
    """With the code that came by SMS."""

    code: SixDigits


class TokenRequest(Request, frozen=True, kw_only=True):
    """The secret of a link that came by mail."""

    token: Annotated[str, Meta(max_length=128)]


class CheckPasswordRequest(Request, frozen=True, kw_only=True):
    """One that somebody is typing."""

    password: Annotated[str, Meta(max_length=1024)]


class RegistrationBegun(msgspec.Struct):
    """A code or a link is on its way, if the address can be registered; else its owner is told so."""

    registration: Id


class PasswordChecked(msgspec.Struct):
    """All rules in order, and those that the password breaks (ID-2)."""

    rules: list[PasswordRule]
    broken: list[PasswordRule]


class LinkOutcome(msgspec.Struct):
    """What came of the account that was to be linked: its id, or the code of the error."""

    account: Id | None
    refused: str | None


class Registered(Tokens):
    """Signed in; ``link`` is null where no account was to be linked."""

    link: LinkOutcome | None

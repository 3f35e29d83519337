"""Registration, sessions, profile."""

from __future__ import annotations

import msgspec


class Registration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """ID-1, by phone. ``agreement`` is the version of the user agreement that was accepted."""

    phone: str
    password: str
    agreement: str
    language: str = "ru"


class RegistrationBegun(msgspec.Struct):
    """An SMS with a code is on its way, if the phone can be registered."""

    registration: str


class Code(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Six digits."""

    code: str


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``login`` is a phone or an e-mail address."""

    login: str
    password: str


class Refresh(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A refresh token; good for one use."""

    refresh_token: str


class Tokens(msgspec.Struct):
    """An access token for the Authorization header (Bearer), and the refresh token for the next pair."""

    person: str
    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str
    roles: list[str]


class SignedOut(msgspec.Struct):
    """The session has ended."""

    signed_out: bool


class Profile(msgspec.Struct):
    """The person's own data."""

    person: str
    phone: str | None
    email: str | None
    name: str
    language: str
    roles: list[str]


class NewEmail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new address; a code goes there."""

    email: str


class CodeSent(msgspec.Struct):
    """The code is on its way."""

    sent: bool


class EmailConfirmed(msgspec.Struct):
    """The address counts from now on."""

    email: str


class Provider(msgspec.Struct):
    """What a form needs to know of a supplier."""

    provider: str
    proof: str
    account_number_pattern: str
    account_number_hint: str
    registration: str


class Providers(msgspec.Struct):
    """All suppliers of this deployment."""

    providers: list[Provider]

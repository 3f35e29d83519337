"""Registration, sessions, profile."""

from __future__ import annotations

from datetime import date

import msgspec
from msgspec import UNSET, UnsetType

from contracts.rpc.base import ProviderId


class NewConsent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A version of a document that is consented to: ``personal_data``, ``mailing``, what a supplier's profile names."""

    document: str
    version: str


class AccountToLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account that is linked as soon as the registration is confirmed; ``proof`` as for ``POST /accounts``."""

    provider: ProviderId
    number: str
    proof: str | dict[str, str]


class Registration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """ID-1, by phone. ``agreement`` is the version of the user agreement that was accepted; ``provider`` the supplier
    whose form it is, which may ask for consents."""

    phone: str
    password: str
    agreement: str
    language: str = "ru"
    surname: str = ""
    name: str = ""
    consents: list[NewConsent] = []
    provider: str = ""
    account: AccountToLink | None = None


class EmailRegistration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """ID-1, by e-mail; the rest as by phone."""

    email: str
    surname: str
    name: str
    password: str
    agreement: str
    language: str = "ru"
    consents: list[NewConsent] = []
    provider: str = ""
    account: AccountToLink | None = None


class LinkToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands behind ``#token=`` in a link that came by mail."""

    token: str


class PasswordTyped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A password that somebody is typing."""

    password: str


class NewRecovery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """ID-4: ``login`` is a phone or an e-mail address."""

    login: str
    language: str = "ru"


class RecoveryCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The code that came, and a new password."""

    code: str
    password: str


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


class ProfileChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to change; what is left out stays. ``sex`` is ``female``, ``male`` or null."""

    surname: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    patronymic: str | UnsetType = UNSET
    birth_date: date | UnsetType | None = UNSET
    sex: str | UnsetType | None = UNSET
    language: str | UnsetType = UNSET


class NewEmail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new address, with one's password; a code goes there."""

    email: str
    password: str


class NewPhone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new phone, with one's password; a code goes there."""

    phone: str
    password: str


class PhoneAndCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The phone that is to stay, and the code that came there."""

    phone: str
    code: str


class NewPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The old password and the new one."""

    old: str
    new: str


class OneDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The document that was consented to."""

    document: str


class Erase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One's password."""

    password: str

"""Registration, sessions, profile."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from contracts.rpc.base import Email, ProviderId, SixDigits
from contracts.rpc.identity.base import Password, PersonName, Phone
from contracts.rpc.words import ConsentDocument, Language, Sex
from gateway.models.accounts import TypedNumber, TypedProof
from gateway.models.base import LinkSecret, Login


class NewConsent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A version of a document that is consented to."""

    document: Annotated[ConsentDocument, Meta(min_length=1, max_length=32)]
    version: Annotated[str, Meta(min_length=1, max_length=32)]


class AccountToLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account that is linked as soon as the registration is confirmed; ``proof`` as for ``POST /accounts``."""

    provider: ProviderId
    number: TypedNumber
    proof: TypedProof


class Registration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """ID-1, by phone. ``agreement`` is the version of the user agreement that was accepted; ``provider`` the supplier
    whose form it is, which may ask for consents."""

    phone: Phone
    password: Password
    agreement: Annotated[str, Meta(min_length=1, max_length=32)]
    language: Language = "ru"
    surname: PersonName = ""
    name: PersonName = ""
    consents: Annotated[list[NewConsent], Meta(max_length=10)] = []
    provider: ProviderId = ""
    account: AccountToLink | None = None


class EmailRegistration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """ID-1, by e-mail; the rest as by phone."""

    email: Email
    surname: PersonName
    name: PersonName
    password: Password
    agreement: Annotated[str, Meta(min_length=1, max_length=32)]
    language: Language = "ru"
    consents: Annotated[list[NewConsent], Meta(max_length=10)] = []
    provider: ProviderId = ""
    account: AccountToLink | None = None


class LinkToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands behind ``#token=`` in a link that came by mail."""

    token: LinkSecret


class PasswordTyped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A password that somebody is typing."""

    password: Annotated[str, Meta(max_length=1024)]


class NewRecovery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """ID-4: ``login`` is a phone or an e-mail address."""

    login: Login
    language: Language = "ru"


class RecoveryCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The code that came, and a new password."""

    code: SixDigits
    password: Password


class Code(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Six digits."""

    code: SixDigits


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``login`` is a phone or an e-mail address."""

    login: Login
    password: Password


class Refresh(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A refresh token; good for one use."""

    refresh_token: Annotated[str, Meta(max_length=256)]


class ProfileChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to change; what is left out stays."""

    surname: PersonName | UnsetType = UNSET
    name: PersonName | UnsetType = UNSET
    patronymic: PersonName | UnsetType = UNSET
    birth_date: date | UnsetType | None = UNSET
    sex: Sex | UnsetType | None = UNSET
    language: Language | UnsetType = UNSET


class NewEmail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new address, with one's password; a code goes there."""

    email: Email
    password: Password


class NewPhone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new phone, with one's password; a code goes there."""

    phone: Phone
    password: Password


class PhoneAndCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The phone that is to stay, and the code that came there."""

    phone: Phone
    code: SixDigits


class NewPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The old password and the new one."""

    old: Password
    new: Password


class OneDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The document that was consented to."""

    document: Annotated[ConsentDocument, Meta(min_length=1, max_length=32)]


class Erase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One's password."""

    password: Password

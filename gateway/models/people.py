"""Registration, sessions, profile."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from gateway.models.moment import Moment


class NewConsent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A version of a document that is consented to: ``personal_data``, ``mailing``, what a supplier's profile names."""

    document: str
    version: str


class AccountToLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account that is linked as soon as the registration is confirmed; ``proof`` as for ``POST /accounts``."""

    provider: str
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


class RegistrationBegun(msgspec.Struct):
    """A code or a link is on its way, if the address can be registered; else its owner is told so."""

    registration: str


class LinkToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands behind ``#token=`` in a link that came by mail."""

    token: str


class PasswordTyped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A password that somebody is typing."""

    password: str


class PasswordChecked(msgspec.Struct):
    """All rules in order, and those that the password breaks (ID-2)."""

    rules: list[str]
    broken: list[str]


class NewRecovery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """ID-4: ``login`` is a phone or an e-mail address."""

    login: str
    language: str = "ru"


class RecoveryBegun(msgspec.Struct):
    """A code is on its way, if the address is registered."""

    recovery: str


class RecoveryCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The code that came, and a new password."""

    code: str
    password: str


class Recovered(msgspec.Struct):
    """The new password counts; all sessions have ended."""

    recovered: bool


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
    """An access token for the Authorization header (Bearer), and the refresh token for the next pair. ``roles`` are
    those in the token. ``second_factor``: ``none``, ``confirmed`` in this session, or ``to_enrol`` for staff, whose
    roles come with it."""

    person: str
    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str
    roles: list[str]
    second_factor: str


class LinkOutcome(msgspec.Struct):
    """What came of the account that was to be linked: its id, or the code of the error."""

    account: str | None
    refused: str | None


class Registered(Tokens):
    """Signed in; ``link`` is null where no account was to be linked."""

    link: LinkOutcome | None


class PhoneChange(msgspec.Struct):
    """A new phone that is confirmed and waits for its day."""

    phone: str
    takes_effect_at: Moment


class Profile(msgspec.Struct):
    """The person's own data (ID-5)."""

    person: str
    phone: str | None
    email: str | None
    surname: str
    name: str
    patronymic: str
    birth_date: date | None
    sex: str | None
    language: str
    roles: list[str]
    phone_change: PhoneChange | None


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


class PhoneAndCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The phone that is to stay, and the code that came there."""

    phone: str
    code: str


class ChangeCancelled(msgspec.Struct):
    """The phone stays as it is."""

    cancelled: bool


class NewPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The old password and the new one."""

    old: str
    new: str


class PasswordSet(msgspec.Struct):
    """The new password counts; this many other sessions have ended."""

    changed: bool
    sessions_ended: int


class ConsentRecord(msgspec.Struct):
    """Which text, when, from where (ID-9). ``state``: given, replaced (by a later version), revoked."""

    document: str
    version: str
    state: str
    given_at: Moment
    given_from: str
    revoked_at: Moment | None


class Consents(msgspec.Struct):
    """Every record, newest first."""

    consents: list[ConsentRecord]


class ConsentGiven(msgspec.Struct):
    """It holds from now on."""

    document: str
    version: str


class OneDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The document that was consented to."""

    document: str


class ConsentRevoked(msgspec.Struct):
    """``follows``: codes of what comes of it."""

    document: str
    revoked_at: Moment
    follows: list[str]


class PersonalData(msgspec.Struct):
    """All that is held on the person, by service; ``missing`` names services that did not answer."""

    person: str
    at: Moment
    missing: list[str]
    parts: dict[str, dict[str, Any]]


class Erase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One's password."""

    password: str


class Erased(msgspec.Struct):
    """``kept``: codes of what law keeps."""

    erased: bool
    kept: list[str]


class Provider(msgspec.Struct):
    """What a form needs to know of a supplier. ``proof_fields`` are those of the proof's object; a link by a
    weak proof has to be confirmed."""

    provider: str
    proof: str
    proof_fields: list[str]
    proof_strength: str
    account_number_pattern: str
    account_number_hint: str
    registration: str


class Providers(msgspec.Struct):
    """All suppliers of this deployment."""

    providers: list[Provider]

"""Events of identity."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from contracts.events.base import Event
from contracts.events.staff import _StaffAction


class _IdentityEvent(Event, frozen=True, kw_only=True):
    source: ClassVar[str] = "identity"
    person: str
    at: datetime

    def aggregate(self) -> str:
        return self.person


class PersonRegistered(_IdentityEvent, frozen=True, kw_only=True):
    """A registration was confirmed (ID-1)."""

    language: str


class ContactConfirmed(_IdentityEvent, frozen=True, kw_only=True):
    """A phone (E.164) or e-mail address is now proven to be the person's."""

    channel: str  # "phone" or "email"
    address: str
    language: str


class LanguageChosen(_IdentityEvent, frozen=True, kw_only=True):
    """The person wants to be written to in another language (ID-5)."""

    language: str


class PasswordChanged(_IdentityEvent, frozen=True, kw_only=True):
    """A new password counts: the old one was given, or, ``recovered``, a code that went to a contact (ID-4, ID-5)."""

    recovered: bool = False


class PersonErased(_IdentityEvent, frozen=True, kw_only=True):
    """The person asked to be erased (ID-9): whoever holds anything about them erases it, but for what law keeps."""


class AccountLinked(_IdentityEvent, frozen=True, kw_only=True):
    """A person may now see and act for an account, within the scopes (ID-6). ``changed``: they had it before, with
    others. ``access_version`` orders what is told of one person's access to one account, whenever it is heard: the
    highest counts (also in the other three events of access)."""

    account: str
    provider: str
    number: str
    scopes: list[str]
    changed: bool = False
    access_version: int = 0


class AccountUnlinked(_IdentityEvent, frozen=True, kw_only=True):
    """The person's access to the account has ended (ID-7)."""

    account: str
    access_version: int = 0


class AccessGranted(_IdentityEvent, frozen=True, kw_only=True):
    """Somebody who holds the account lets the person use it, within the scopes and up to an end (ID-11). With
    ``organisation`` it comes by being its member (ID-8): ``grant`` is the membership then, and ``granted_by`` is empty.
    ``changed``: the person had it before, with other scopes."""

    grant: str
    account: str
    provider: str
    number: str
    scopes: list[str]
    granted_by: str
    until: datetime | None = None
    organisation: str = ""
    changed: bool = False
    access_version: int = 0


class AccessRevoked(_IdentityEvent, frozen=True, kw_only=True):
    """That grant has ended (ID-11). ``reason``: revoked, returned (by the receiver), over, owner_left; of members of an
    organisation, whose events have no ``granted_by``: left, removed, dissolved, role_changed, owner_left (ID-8)."""

    grant: str
    account: str
    reason: str = ""
    granted_by: str = ""
    access_version: int = 0


class AccessOffered(_IdentityEvent, frozen=True, kw_only=True):
    """The person offers access to an account of ``provider`` (ID-11) or, where that is empty, membership of an
    organisation (ID-8). The address it goes to is sealed; ``invited`` is who has confirmed it, if anybody has."""

    offer: str
    invited: str | None
    channel: str
    language: str
    sealed: str
    provider: str
    expires_at: datetime


class CodeIssued(_IdentityEvent, frozen=True, kw_only=True):
    """A one-time code or link must reach an address. It and the address are sealed: only notifications can read
    them, so neither outbox, broker nor dead letters hold them in the clear. ``purpose`` decides the text; with
    ``decoy`` nothing is sent. ``person`` is whoever the code belongs to: a person, a registration, a recovery, a
    change."""

    channel: str
    purpose: str
    language: str
    sealed: str
    expires_at: datetime


class StaffActed(_StaffAction, frozen=True, kw_only=True):
    """A member of staff did or read something in identity (ID-10)."""

    source: ClassVar[str] = "identity"

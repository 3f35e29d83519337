"""Events of identity."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from contracts.events.base import Event


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


class AccountLinked(_IdentityEvent, frozen=True, kw_only=True):
    """A person may now see and act for an account, within the scopes (ID-6)."""

    account: str
    provider: str
    number: str
    scopes: list[str]


class AccountUnlinked(_IdentityEvent, frozen=True, kw_only=True):
    """The person's access to the account has ended (ID-7)."""

    account: str


class AccessGranted(_IdentityEvent, frozen=True, kw_only=True):
    """Somebody who holds the account lets the person use it, within the scopes and up to an end (ID-11)."""

    grant: str
    account: str
    provider: str
    number: str
    scopes: list[str]
    granted_by: str
    until: datetime | None = None


class AccessRevoked(_IdentityEvent, frozen=True, kw_only=True):
    """That grant has ended: taken back, given back, or over (ID-11)."""

    grant: str
    account: str


class CodeIssued(_IdentityEvent, frozen=True, kw_only=True):
    """A one-time code must reach an address. The code and the address are sealed: only notifications can read
    them, so neither outbox, broker nor dead letters hold them in the clear."""

    channel: str
    purpose: str
    language: str
    sealed: str
    expires_at: datetime

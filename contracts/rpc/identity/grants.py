"""Delegated access (ID-11)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.rpc.base import Id, Moment, ProviderId, Request
from contracts.rpc.identity.base import Contact, ShortName
from contracts.rpc.words import GrantableScope, GrantState, Scope


class OfferRequest(Request, frozen=True, kw_only=True):
    """To whom, what, until when; ``name`` is the giver's own for the grant."""

    account: UUID
    to: Contact
    name: ShortName = ""
    scopes: Annotated[list[GrantableScope], Meta(min_length=1, max_length=3)]
    until: Moment | None = None


class GrantRequest(Request, frozen=True, kw_only=True):
    """One that was given or offered."""

    grant: UUID


class Offered(msgspec.Struct):
    """The address is told; nothing is granted before whoever has confirmed it accepts."""

    grant: Id
    account: Id
    name: str
    to: str
    scopes: list[Scope]
    until: Moment | None
    state: GrantState


class Grant(msgspec.Struct):
    """A grant or an offer and its state: invited, active, declined, expired, revoked, returned, over."""

    grant: Id
    account: Id
    provider: ProviderId
    number: str
    scopes: list[Scope]
    until: Moment | None
    state: GrantState


class GivenGrant(Grant):
    """One that one gave; ``receiver`` is a name once it is accepted, if there is one."""

    name: str
    to: str
    receiver: str


class ReceivedGrant(msgspec.Struct):
    """One that one may use; ``by`` is whose account it is."""

    grant: Id
    account: Id
    provider: ProviderId
    number: str
    scopes: list[Scope]
    until: Moment | None
    by: str


class WaitingOffer(ReceivedGrant):
    """One that may be accepted or declined."""

    expires_at: Moment


class Grants(msgspec.Struct):
    """All of them."""

    given: list[GivenGrant]
    received: list[ReceivedGrant]
    offers: list[WaitingOffer]

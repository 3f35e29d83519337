"""Delegated access (ID-11)."""

from __future__ import annotations

import msgspec

from gateway.models.moment import Moment


class NewGrant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``to``: phone or e-mail address. ``scopes``: any of see, readings (with see), pay. ``until`` null: until it is
    taken back. ``name`` is for the giver alone."""

    to: str
    scopes: list[str]
    name: str = ""
    until: Moment | None = None


class Offered(msgspec.Struct):
    """The address is told; nothing is granted before whoever has confirmed it accepts."""

    grant: str
    account: str
    name: str
    to: str
    scopes: list[str]
    until: Moment | None
    state: str


class Grant(msgspec.Struct):
    """A grant or an offer and its state: invited, active, declined, expired, revoked, returned, over."""

    grant: str
    account: str
    provider: str
    number: str
    scopes: list[str]
    until: Moment | None
    state: str


class GivenGrant(Grant):
    """One that one gave; ``receiver`` is a name once it is accepted, if there is one."""

    name: str
    to: str
    receiver: str


class ReceivedGrant(msgspec.Struct):
    """One that one may use; ``by`` is whose account it is."""

    grant: str
    account: str
    provider: str
    number: str
    scopes: list[str]
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

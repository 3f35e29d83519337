"""Delegated access (ID-11)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from contracts.rpc.base import Moment, Request
from contracts.rpc.identity.base import Contact, GrantableScope, ShortName


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

"""Linked accounts (ID-6, ID-7)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from contracts.rpc.base import Provider, Request, SixDigits
from contracts.rpc.identity.base import Proof, ShortName


class ProvenRequest(Request, frozen=True, kw_only=True):
    """An account, with the provider's proof."""

    provider: Provider
    number: Annotated[str, Meta(max_length=64)]
    proof: Proof
    name: ShortName = ""


class LinkRequest(ProvenRequest, frozen=True, kw_only=True):
    """Into a group of that name, or the default one."""

    group: ShortName = ""


class AccountRequest(Request, frozen=True, kw_only=True):
    """One linked account."""

    account: UUID


class ChangeRequest(AccountRequest, frozen=True, kw_only=True):
    """The person's own name of an account, and its group; what is left out stays."""

    name: ShortName | None = None
    group: UUID | None = None


class BeginConfirmationRequest(AccountRequest, frozen=True, kw_only=True):
    """Of the caller's own link, or of that of an organisation."""

    organisation: UUID | None = None


class ConfirmationRequest(BeginConfirmationRequest, frozen=True, kw_only=True):
    """With the code."""

    code: SixDigits


class StaffConfirmationRequest(AccountRequest, frozen=True, kw_only=True):
    """Of the link of the person who signs in so."""

    login: Annotated[str, Meta(min_length=1, max_length=254)]


class AccessRequest(Request, frozen=True, kw_only=True):
    """What a service asks when it does not know of a grant yet."""

    person: UUID
    account: UUID

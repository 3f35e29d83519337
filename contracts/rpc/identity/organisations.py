"""Organisations and their members (ID-8)."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from contracts.rpc.base import Request
from contracts.rpc.identity.accounts import ProvenRequest
from contracts.rpc.identity.base import Contact, Label, OrganisationRole, ShortName


class NewOrganisationRequest(Request, frozen=True, kw_only=True):
    """INN and KPP of Russia (a sole proprietor has no KPP), or EDRPOU of Ukraine."""

    name: Label
    country: Literal["RU", "UA"]
    tax_number: Annotated[str, Meta(max_length=20)]
    branch_code: Annotated[str, Meta(max_length=20)] = ""


class OrganisationRequest(Request, frozen=True, kw_only=True):
    """One."""

    organisation: UUID


class InvitationRequest(OrganisationRequest, frozen=True, kw_only=True):
    """Of whoever has confirmed the address; ``name`` is the organisation's own for the member."""

    to: Contact
    role: OrganisationRole
    name: ShortName = ""


class MembershipRequest(Request, frozen=True, kw_only=True):
    """An invitation or what came of it."""

    membership: UUID


class MemberRequest(OrganisationRequest, frozen=True, kw_only=True):
    """A member of it, or somebody invited."""

    membership: UUID


class NewRoleRequest(MemberRequest, frozen=True, kw_only=True):
    """Another role."""

    role: OrganisationRole


class OrganisationLinkRequest(ProvenRequest, frozen=True, kw_only=True):
    """An account of the organisation's contract, with the provider's proof."""

    organisation: UUID


class OrganisationAccountRequest(OrganisationRequest, frozen=True, kw_only=True):
    """One that it has linked."""

    account: UUID

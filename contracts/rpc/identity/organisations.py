"""Organisations and their members (ID-8)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.rpc.base import Id, Moment, ProviderId, Request
from contracts.rpc.identity.accounts import ProvenRequest
from contracts.rpc.identity.base import Contact, Label, ShortName
from contracts.rpc.words import Country, LinkState, MembershipState, OrganisationRole, Scope


class NewOrganisationRequest(Request, frozen=True, kw_only=True):
    """INN and KPP of Russia (a sole proprietor has no KPP), or EDRPOU of Ukraine."""

    name: Label
    country: Country
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


class Organisation(msgspec.Struct):
    """With one's role in it: director, accountant, metering."""

    organisation: Id
    name: str
    country: Country
    tax_number: str
    branch_code: str
    role: OrganisationRole


class MyOrganisation(Organisation):
    """One that one belongs to."""

    membership: Id


class Invitation(msgspec.Struct):
    """An organisation that one may join."""

    membership: Id
    organisation: Id
    name: str
    role: OrganisationRole
    expires_at: Moment


class Organisations(msgspec.Struct):
    """Those that one belongs to, and invitations."""

    organisations: list[MyOrganisation]
    invitations: list[Invitation]


class OrganisationAccount(msgspec.Struct):
    """An account of its contract, and what one's role may do with it."""

    account: Id
    provider: ProviderId
    number: str
    name: str
    state: LinkState
    scopes: list[Scope]


class Member(msgspec.Struct):
    """A member or somebody who is invited; ``to`` is the address of the invitation."""

    membership: Id
    name: str
    to: str
    role: OrganisationRole
    state: MembershipState


class OrganisationDetails(MyOrganisation):
    """With its accounts; members are shown to directors."""

    accounts: list[OrganisationAccount]
    members: list[Member]


class Membership(msgspec.Struct):
    """The state of a membership: invited, active, declined, expired, removed, left."""

    membership: Id
    organisation: Id
    role: OrganisationRole
    state: MembershipState


class OrganisationLinked(msgspec.Struct):
    """The account is there for all members, by their roles."""

    account: Id
    provider: ProviderId
    number: str
    name: str
    state: LinkState

"""Organisations (ID-8)."""

from __future__ import annotations

import msgspec

from gateway.models.accounts import Proof
from gateway.models.moment import Moment


class NewOrganisation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``country`` RU: INN, and KPP in ``branch_code`` unless it is a sole proprietor. UA: EDRPOU."""

    name: str
    country: str
    tax_number: str
    branch_code: str = ""


class Organisation(msgspec.Struct):
    """With one's role in it: director, accountant, metering."""

    organisation: str
    name: str
    country: str
    tax_number: str
    branch_code: str
    role: str


class MyOrganisation(Organisation):
    """One that one belongs to."""

    membership: str


class Invitation(msgspec.Struct):
    """An organisation that one may join."""

    membership: str
    organisation: str
    name: str
    role: str
    expires_at: Moment


class Organisations(msgspec.Struct):
    """Those that one belongs to, and invitations."""

    organisations: list[MyOrganisation]
    invitations: list[Invitation]


class OrganisationAccount(msgspec.Struct):
    """An account of its contract, and what one's role may do with it."""

    account: str
    provider: str
    number: str
    name: str
    state: str
    scopes: list[str]


class Member(msgspec.Struct):
    """A member or somebody who is invited; ``to`` is the address of the invitation."""

    membership: str
    name: str
    to: str
    role: str
    state: str


class OrganisationDetails(MyOrganisation):
    """With its accounts; members are shown to directors."""

    accounts: list[OrganisationAccount]
    members: list[Member]


class NewMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``to``: phone or e-mail address; ``role``: director, accountant, metering."""

    to: str
    role: str
    name: str = ""


class NewRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another role."""

    role: str


class Membership(msgspec.Struct):
    """The state of a membership: invited, active, declined, expired, removed, left."""

    membership: str
    organisation: str
    role: str
    state: str


class NewOrganisationLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Proven as people prove theirs."""

    provider: str
    number: str
    proof: str | Proof
    name: str = ""


class OrganisationLinked(msgspec.Struct):
    """The account is there for all members, by their roles."""

    account: str
    provider: str
    number: str
    name: str
    state: str

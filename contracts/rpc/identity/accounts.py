"""Linked accounts (ID-6, ID-7)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.rpc.base import Id, Moment, ProviderId, Request, SixDigits
from contracts.rpc.identity.base import Proof, ShortName
from contracts.rpc.words import (
    AccountState,
    ContactKind,
    LinkState,
    OrganisationRole,
    ProofKind,
    ProofStrength,
    Scope,
)


class ProvenRequest(Request, frozen=True, kw_only=True):
    """An account, with the provider's proof."""

    provider: ProviderId
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


class Linked(msgspec.Struct):
    """The account is in the cabinet. ``state`` is linked, or limited: after a weak proof only what is owed is shown,
    until the contact that the supplier has on file confirms it."""

    account: Id
    provider: ProviderId
    number: str
    name: str
    group: str
    state: LinkState
    scopes: list[Scope]


class AccountChanged(msgspec.Struct):
    """The change counts."""

    account: Id


class ConfirmationSent(msgspec.Struct):
    """A code is on its way to the e-mail address that the supplier has; ``to`` shows a part of it."""

    sent: bool
    to: str
    expires_at: Moment


class Confirmed(msgspec.Struct):
    """The account is open in full."""

    account: Id
    person: Id
    state: LinkState
    scopes: list[Scope]


class GrantedBy(msgspec.Struct):
    """Whose account it is, and what they allow until when (ID-11)."""

    grant: Id
    by: str
    scopes: list[Scope]
    until: Moment | None


class AccountOf(msgspec.Struct):
    """The organisation that has the account, and one's role there (ID-8)."""

    organisation: Id
    name: str
    role: OrganisationRole
    limited: bool


class LinkedAccount(msgspec.Struct):
    """An account with its group and own name. ``state``: linked, limited, granted (by another person), organisation;
    ``scopes`` of all ways together: amounts, see, readings, pay. An account of an organisation only is in no group of
    one's own."""

    account: Id
    provider: ProviderId
    number: str
    name: str
    group: str
    group_id: Id | None
    state: AccountState
    scopes: list[Scope]
    granted: list[GrantedBy]
    organisations: list[AccountOf]


class LinkedAccounts(msgspec.Struct):
    """All of the person's accounts."""

    accounts: list[LinkedAccount]


class Provider(msgspec.Struct):
    """What a form needs to know of a supplier. ``proof_fields`` are those of the proof's object; a link by a
    weak proof has to be confirmed."""

    provider: ProviderId
    proof: ProofKind
    proof_fields: list[str]
    proof_strength: ProofStrength
    account_number_pattern: str
    account_number_hint: str
    registration: ContactKind


class Providers(msgspec.Struct):
    """All suppliers of this deployment."""

    providers: list[Provider]


class HeldGrant(msgspec.Struct):
    """One way in which a person holds an account: ``via`` is ``link``, or the id of a grant or a membership."""

    via: str
    scopes: list[Scope]
    since: Moment
    until: Moment | None
    version: int


class HeldGrants(msgspec.Struct):
    """All ways in which a person holds an account."""

    grants: list[HeldGrant]

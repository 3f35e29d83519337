"""Organisations (ID-8)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.rpc.base import ProviderId
from contracts.rpc.identity.base import Contact, Label, ShortName
from contracts.rpc.words import Country, OrganisationRole
from gateway.models.accounts import TypedNumber, TypedProof


class NewOrganisation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``country`` RU: INN, and KPP in ``branch_code`` unless it is a sole proprietor. UA: EDRPOU."""

    name: Label
    country: Country
    tax_number: Annotated[str, Meta(max_length=20)]
    branch_code: Annotated[str, Meta(max_length=20)] = ""


class NewMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``to``: phone or e-mail address."""

    to: Contact
    role: OrganisationRole
    name: ShortName = ""


class NewRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another role."""

    role: OrganisationRole


class NewOrganisationLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Proven as people prove theirs."""

    provider: ProviderId
    number: TypedNumber
    proof: TypedProof
    name: ShortName = ""

"""Organisations (ID-8)."""

from __future__ import annotations

import msgspec

from contracts.rpc.base import ProviderId
from gateway.models.accounts import Proof


class NewOrganisation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``country`` RU: INN, and KPP in ``branch_code`` unless it is a sole proprietor. UA: EDRPOU."""

    name: str
    country: str
    tax_number: str
    branch_code: str = ""


class NewMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``to``: phone or e-mail address; ``role``: director, accountant, metering."""

    to: str
    role: str
    name: str = ""


class NewRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another role."""

    role: str


class NewOrganisationLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Proven as people prove theirs."""

    provider: ProviderId
    number: str
    proof: str | Proof
    name: str = ""

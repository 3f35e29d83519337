"""Organisations and their members (ID-8)."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.operations import Request
from services.identity.domain.scopes import ROLES
from services.identity.domain.tax_numbers import COUNTRIES
from services.identity.schemas.accounts import Proven
from services.identity.schemas.base import label, text
from services.identity.schemas.grants import Contact


class NewOrganisation(Request):
    """INN and KPP of Russia (a sole proprietor has no KPP), or EDRPOU of Ukraine."""

    name = label(required=True, most=200)
    country = fields.String(required=True, validate=validate.OneOf(COUNTRIES))
    tax_number = fields.String(required=True, validate=text(20))
    branch_code = fields.String(load_default="", validate=text(20))


class Organisation(Request):
    """One."""

    organisation = fields.UUID(required=True)


class Invitation(Organisation):
    """Of whoever has confirmed the address; ``name`` is the organisation's own for the member."""

    to = Contact(required=True)
    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    name = fields.String(load_default="", validate=text(60))


class Membership(Request):
    """An invitation or what came of it."""

    membership = fields.UUID(required=True)


class Member(Organisation):
    """A member of it, or somebody invited."""

    membership = fields.UUID(required=True)


class NewRole(Member):
    """Another role."""

    role = fields.String(required=True, validate=validate.OneOf(ROLES))


class OrganisationLink(Proven):
    """An account of the organisation's contract, with the provider's proof."""

    organisation = fields.UUID(required=True)


class OrganisationAccount(Organisation):
    """One that it has linked."""

    account = fields.UUID(required=True)

"""Linked accounts (ID-6, ID-7)."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.operations import Request
from services.identity.schemas.base import text


class Link(Request):
    """An account, with the provider's proof."""

    provider = fields.String(required=True, validate=validate.Length(max=64))
    number = fields.String(required=True, validate=validate.Length(max=32))
    proof = fields.String(required=True, validate=text(64))
    name = fields.String(load_default="", validate=text(60))
    group = fields.String(load_default="", validate=text(60))


class Account(Request):
    """One linked account."""

    account = fields.UUID(required=True)


class Access(Request):
    """What a service asks when it does not know of a grant yet."""

    person = fields.UUID(required=True)
    account = fields.UUID(required=True)

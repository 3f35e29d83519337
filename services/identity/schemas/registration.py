"""Registering (ID-1)."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.operations import Request
from services.identity.schemas.base import LANGUAGES, SIX_DIGITS, text


class Register(Request):
    """By phone."""

    phone = fields.String(required=True, validate=validate.Length(max=32))
    password = fields.String(required=True, validate=validate.Length(max=256), load_only=True)
    agreement = fields.String(required=True, validate=text(32, least=1))
    language = fields.String(load_default="ru", validate=validate.OneOf(LANGUAGES))
    address = fields.String(load_default="", validate=text(64))


class Confirm(Request):
    """The code of a registration."""

    registration = fields.UUID(required=True)
    code = fields.String(required=True, validate=SIX_DIGITS)

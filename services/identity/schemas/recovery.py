"""Recovering a password (ID-4)."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.operations import Request
from services.identity.schemas.base import LANGUAGES, SIX_DIGITS, text
from services.identity.schemas.registration import password


class Recover(Request):
    """By phone or e-mail."""

    login = fields.String(required=True, validate=text(254))
    language = fields.String(load_default="ru", validate=validate.OneOf(LANGUAGES))


class Recovered(Request):
    """The code that came, and the new password."""

    recovery = fields.UUID(required=True)
    code = fields.String(required=True, validate=SIX_DIGITS)
    password = password()

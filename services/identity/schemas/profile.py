"""One's own profile (ID-5)."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.operations import Request
from services.identity.schemas.base import SIX_DIGITS


class Email(Request):
    """A new e-mail address."""

    email = fields.Email(required=True, validate=validate.Length(max=254))


class EmailCode(Request):
    """Its confirmation."""

    code = fields.String(required=True, validate=SIX_DIGITS)

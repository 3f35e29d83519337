"""Signing in and staying so (ID-3)."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.operations import Request
from services.identity.schemas.base import text


class SignIn(Request):
    """By phone or e-mail."""

    login = fields.String(required=True, validate=text(254))
    password = fields.String(required=True, validate=validate.Length(max=256), load_only=True)


class Refresh(Request):
    """A refresh token is used once."""

    refresh_token = fields.String(required=True, validate=validate.Length(max=256))

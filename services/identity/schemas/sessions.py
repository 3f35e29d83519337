"""Signing in and staying so (ID-3)."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.operations import Request
from services.identity.schemas.base import text

LONGEST_DEVICE = 512


class SignIn(Request):
    """By phone or e-mail. ``device`` is the caller's User-Agent."""

    login = fields.String(required=True, validate=text(254))
    password = fields.String(required=True, validate=validate.Length(max=256), load_only=True)
    device = fields.String(load_default="", validate=text(LONGEST_DEVICE))


class Refresh(Request):
    """A refresh token is used once."""

    refresh_token = fields.String(required=True, validate=validate.Length(max=256))
    device = fields.String(load_default="", validate=text(LONGEST_DEVICE))


class Session(Request):
    """One session."""

    session = fields.UUID(required=True)


class Everywhere(Request):
    """All sessions, or all but this one."""

    others_only = fields.Boolean(load_default=False)


class Ended(Request):
    """What a gateway asks: what ended after its last look (0 at first)."""

    after = fields.Integer(load_default=0, strict=True, validate=validate.Range(min=0, max=2**62))

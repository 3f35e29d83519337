"""The second factor (ID-10)."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.operations import Request
from services.identity.schemas.base import SIX_DIGITS, text
from services.identity.schemas.sessions import LONGEST_DEVICE

#: Six digits of the app, or a recovery code as it was typed.
CODE = validate.Regexp(r"^[0-9A-Za-z -]{6,40}\Z")


class Answer(Request):
    """The second step of a sign-in. ``device`` is the caller's User-Agent."""

    challenge = fields.String(required=True, validate=validate.Length(max=128))
    code = fields.String(required=True, validate=CODE)
    device = fields.String(load_default="", validate=text(LONGEST_DEVICE))


class Enrol(Request):
    """With the password, and a code of the second factor that is there already."""

    password = fields.String(required=True, validate=validate.Length(max=256), load_only=True)
    code = fields.String(load_default="", validate=validate.Regexp(r"^([0-9A-Za-z -]{6,40})?\Z"))


class Confirm(Request):
    """A code of the app."""

    code = fields.String(required=True, validate=SIX_DIGITS)


class Remove(Request):
    """With a code."""

    code = fields.String(required=True, validate=CODE)

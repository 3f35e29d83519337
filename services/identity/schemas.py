"""Requests of identity's RPCs."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.operations import Request

LANGUAGES = ("ru", "uk", "en")


def text(most: int, least: int = 0) -> validate.Validator:
    """What any text that is stored or looked up must be."""
    return validate.Length(min=least, max=most)


class Nothing(Request):
    """No fields."""


class Register(Request):
    """ID-1, by phone."""

    phone = fields.String(required=True, validate=validate.Length(max=32))
    password = fields.String(required=True, validate=validate.Length(max=256), load_only=True)
    agreement = fields.String(required=True, validate=text(32, least=1))
    language = fields.String(load_default="ru", validate=validate.OneOf(LANGUAGES))
    address = fields.String(load_default="", validate=text(64))


class Confirm(Request):
    """The code of a registration or of a new e-mail address."""

    registration = fields.UUID(required=True)
    code = fields.String(required=True, validate=validate.Regexp(r"^\d{6}$"))


class SignIn(Request):
    """By phone or e-mail (ID-3)."""

    login = fields.String(required=True, validate=text(254))
    password = fields.String(required=True, validate=validate.Length(max=256), load_only=True)


class Refresh(Request):
    """A refresh token is used once."""

    refresh_token = fields.String(required=True, validate=validate.Length(max=256))


class Email(Request):
    """A new e-mail address (ID-5)."""

    email = fields.Email(required=True, validate=validate.Length(max=254))


class EmailCode(Request):
    """Its confirmation."""

    code = fields.String(required=True, validate=validate.Regexp(r"^\d{6}$"))


class Link(Request):
    """ID-6: an account, with the provider's proof."""

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

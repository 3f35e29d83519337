"""Registering (ID-1) and the rules of passwords (ID-2)."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.operations import Request
from services.identity.domain.passwords import MOST
from services.identity.schemas.base import LANGUAGES, SIX_DIGITS, person_name, text


def password(longest: int = MOST) -> fields.String:
    """As it was typed; what is wrong with it the rules tell."""
    return fields.String(required=True, validate=validate.Length(max=longest), load_only=True)


class Consent(Request):
    """A version of a document that was consented to (ID-9)."""

    document = fields.String(required=True, validate=validate.Regexp(r"\A[a-z][a-z_]{0,31}\Z"))
    version = fields.String(required=True, validate=text(32, least=1))


class Linking(Request):
    """The account to link once the registration is confirmed; ``proof`` as linking takes it (ID-6)."""

    provider = fields.String(required=True, validate=validate.Length(max=64))
    number = fields.String(required=True, validate=validate.Length(max=64))
    proof = fields.Raw(required=True, validate=lambda value: isinstance(value, str | dict))


class _Registering(Request):
    """What both ways of registering share. ``provider`` names the supplier whose form it is."""

    password = password()
    agreement = fields.String(required=True, validate=text(32, least=1))
    language = fields.String(load_default="ru", validate=validate.OneOf(LANGUAGES))
    surname = person_name(load_default="")
    name = person_name(load_default="")
    consents = fields.List(fields.Nested(Consent), load_default=list, validate=validate.Length(max=10))
    provider = fields.String(load_default="", validate=validate.Length(max=64))
    account = fields.Nested(Linking, load_default=None, allow_none=True)
    address = fields.String(load_default="", validate=text(64))


class Register(_Registering):
    """By phone."""

    phone = fields.String(required=True, validate=validate.Length(max=32))


class RegisterByEmail(_Registering):
    """By e-mail, with a name."""

    email = fields.Email(required=True, validate=validate.Length(max=254))
    surname = person_name(required=True)
    name = person_name(required=True)


class Registration(Request):
    """One that waits."""

    registration = fields.UUID(required=True)


class Confirm(Registration):
    """With the code that came by SMS."""

    code = fields.String(required=True, validate=SIX_DIGITS)


class Token(Request):
    """The secret of a link that came by mail."""

    token = fields.String(required=True, validate=validate.Length(max=128), load_only=True)


class CheckPassword(Request):
    """One that somebody is typing."""

    password = fields.String(required=True, validate=validate.Length(max=1024), load_only=True)

"""One's own profile, contacts and password (ID-5)."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.operations import Request
from services.identity.domain.people import SEXES
from services.identity.schemas.base import LANGUAGES, SIX_DIGITS, person_name
from services.identity.schemas.registration import password


class Profile(Request):
    """What is to change; what is left out stays."""

    surname = person_name()
    name = person_name()
    patronymic = person_name()
    birth_date = fields.Date(allow_none=True)
    sex = fields.String(allow_none=True, validate=validate.OneOf(SEXES))
    language = fields.String(validate=validate.OneOf(LANGUAGES))


class Email(Request):
    """A new e-mail address, with one's password."""

    email = fields.Email(required=True, validate=validate.Length(max=254))
    password = password()


class Phone(Request):
    """A new phone, with one's password."""

    phone = fields.String(required=True, validate=validate.Length(max=32))
    password = password()


class Code(Request):
    """The code that came to the new address."""

    code = fields.String(required=True, validate=SIX_DIGITS)


class StopByCode(Request):
    """The old phone and the code that came to it."""

    phone = fields.String(required=True, validate=validate.Length(max=32))
    code = fields.String(required=True, validate=SIX_DIGITS)


class Password(Request):
    """The old one and the new one."""

    old = password()
    new = password()


class Erase(Request):
    """With one's password, so that a phone left on a table is not enough."""

    password = password()


class Document(Request):
    """A consent to take back (ID-9)."""

    document = fields.String(required=True, validate=validate.Length(max=32))

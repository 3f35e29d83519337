"""Linked accounts (ID-6, ID-7)."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate

from chassis.operations import Request
from services.identity.schemas.base import SIX_DIGITS, text


class _ProofFields(Request):
    """The parts of all kinds of proof; which of them are needed the provider says (see /providers)."""

    serial = fields.String(load_default="", validate=text(64))
    amount = fields.String(load_default="", validate=text(32))
    house = fields.String(load_default="", validate=text(16))
    letter = fields.String(load_default="", validate=text(16))
    flat = fields.String(load_default="", validate=text(16))
    extension = fields.String(load_default="", validate=text(16))


class Proof(fields.Field[Any]):
    """An object, or the serial or amount alone as a text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Any:
        if isinstance(value, str):
            if not 0 < len(value) <= 64:
                raise ValidationError("Length must be between 1 and 64.")
            return value
        if not isinstance(value, dict):
            raise ValidationError("Not a text and not an object.")
        return _ProofFields().load(value)


class Proven(Request):
    """An account, with the provider's proof."""

    provider = fields.String(required=True, validate=validate.Length(max=64))
    number = fields.String(required=True, validate=validate.Length(max=64))
    proof = Proof(required=True)
    name = fields.String(load_default="", validate=text(60))


class Link(Proven):
    """Into a group of that name, or the default one."""

    group = fields.String(load_default="", validate=text(60))


class Account(Request):
    """One linked account."""

    account = fields.UUID(required=True)


class Change(Account):
    """The person's own name of an account, and its group; what is left out stays."""

    name = fields.String(load_default=None, allow_none=True, validate=text(60))
    group = fields.UUID(load_default=None, allow_none=True)


class BeginConfirmation(Account):
    """Of the caller's own link, or of that of an organisation."""

    organisation = fields.UUID(load_default=None, allow_none=True)


class Confirmation(BeginConfirmation):
    """With the code."""

    code = fields.String(required=True, validate=SIX_DIGITS)


class StaffConfirmation(Account):
    """Of the link of the person who signs in so."""

    login = fields.String(required=True, validate=text(254, least=1))


class Access(Request):
    """What a service asks when it does not know of a grant yet."""

    person = fields.UUID(required=True)
    account = fields.UUID(required=True)

"""Delegated access (ID-11)."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from chassis.operations import Request
from services.identity.adapters import phones
from services.identity.domain.scopes import GRANTABLE
from services.identity.schemas.base import text


class Contact(fields.String):
    """A phone, which becomes E.164, or an e-mail address, in lower case. Raises ``invalid_phone``."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        contact = (super()._deserialize(value, attr, data, **more) or "").strip().lower()
        validate.Length(min=1, max=254)(contact)
        if "@" in contact:
            return str(validate.Email()(contact))
        return phones.normalise(contact)


class Offer(Request):
    """To whom, what, until when; ``name`` is the giver's own for the grant."""

    account = fields.UUID(required=True)
    to = Contact(required=True)
    name = fields.String(load_default="", validate=text(60))
    scopes = fields.List(
        fields.String(validate=validate.OneOf(GRANTABLE)), required=True, validate=validate.Length(1, 3)
    )
    until = fields.AwareDateTime(load_default=None, allow_none=True)


class Grant(Request):
    """One that was given or offered."""

    grant = fields.UUID(required=True)

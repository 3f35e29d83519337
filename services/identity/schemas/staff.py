"""Staff and the audit log (ID-10)."""

from __future__ import annotations

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis.operations import Request
from chassis.subject import STAFF_ROLES
from services.identity.schemas.base import LANGUAGES, text

_ROLE = fields.String(validate=validate.OneOf(sorted(STAFF_ROLES)))
_ROLES = validate.Length(min=1, max=len(STAFF_ROLES))


class Staff(Request):
    """A page of the members."""

    after = fields.UUID(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=100))


class NewMember(Request):
    """Somebody new, with roles."""

    email = fields.Email(required=True, validate=validate.Length(max=254))
    name = fields.String(load_default="", validate=text(120))
    roles = fields.List(_ROLE, required=True, validate=_ROLES)
    language = fields.String(load_default="ru", validate=validate.OneOf(LANGUAGES))


class Member(Request):
    """One member."""

    person = fields.UUID(required=True)


class Roles(Member):
    """What the member may do."""

    roles = fields.List(_ROLE, required=True, validate=_ROLES)


class Disabled(Member):
    """Whether the member is kept out."""

    disabled = fields.Boolean(required=True)


class Invitation(Request):
    """The secret of a link, and the member's own password."""

    token = fields.String(required=True, validate=validate.Length(max=128))
    password = fields.String(required=True, validate=validate.Length(max=256), load_only=True)


class Audit(Request):
    """Filters of the audit log: who, where, what it was about (a kind of target and its id), from and until when."""

    person = fields.UUID(load_default=None, allow_none=True)
    service = fields.String(load_default=None, allow_none=True, validate=text(32, least=1))
    operation = fields.String(load_default=None, allow_none=True, validate=text(64, least=1))
    target = fields.String(load_default=None, allow_none=True, validate=text(32, least=1))
    id = fields.String(load_default=None, allow_none=True, validate=text(64, least=1))
    since = fields.AwareDateTime(load_default=None, allow_none=True)
    until = fields.AwareDateTime(load_default=None, allow_none=True)
    before = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(min=1, max=2**62))
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=200))

    @validates_schema
    def both_or_neither(self, data: dict[str, object], **_: object) -> None:
        """A target is a kind with an id."""
        if (data.get("target") is None) != (data.get("id") is None):
            raise ValidationError("Give target and id together.", "target")

"""Requests of support's RPCs."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from chassis.operations import Request
from services.support.domain.kinds import KINDS

LANGUAGES = ("ru", "uk", "en")
# A text of spaces says nothing.
_SUBJECT = [validate.Length(1, 200), validate.Regexp(r"(?s).*\S")]
_TEXT = [validate.Length(1, 10_000), validate.Regexp(r"(?s).*\S")]


class Nothing(Request):
    """No fields."""


class Open(Request):
    """SP-1."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    account = fields.UUID(load_default=None, allow_none=True)
    subject = fields.String(required=True, validate=_SUBJECT)
    text = fields.String(required=True, validate=_TEXT)

    @post_load
    def plain(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Ids as text."""
        return {**data, "account": str(data["account"]) if data["account"] else None}


class Appeals(Request):
    """A page; ``before`` is the cursor that the page before gave."""

    limit = fields.Integer(load_default=20, strict=True, validate=validate.Range(1, 100))
    before = fields.UUID(load_default=None, allow_none=True)


class Appeal(Request):
    """One."""

    appeal = fields.UUID(required=True)


class Message(Appeal):
    """A message in its thread."""

    text = fields.String(required=True, validate=_TEXT)


class Queue(Request):
    """For staff: what waits."""

    limit = fields.Integer(load_default=50, strict=True, validate=validate.Range(1, 200))


class Questions(Request):
    """SP-5."""

    language = fields.String(load_default="ru", validate=validate.OneOf(LANGUAGES))


class Person(Request):
    """For identity: somebody who asks what is held."""

    person = fields.UUID(required=True)

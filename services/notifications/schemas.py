"""Requests of notifications' RPCs."""

from __future__ import annotations

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis.operations import Request
from services.notifications.domain.kinds import CHANNELS, KINDS


class Nothing(Request):
    """No fields."""


class Inbox(Request):
    """A page; ``before`` is the cursor that the page before gave."""

    limit = fields.Integer(load_default=20, strict=True, validate=validate.Range(1, 100))
    before = fields.UUID(load_default=None, allow_none=True)


class MarkRead(Request):
    """Some messages, or all."""

    messages = fields.List(fields.UUID(), load_default=None, validate=validate.Length(1, 100))
    all = fields.Boolean(load_default=False)

    @validates_schema
    def one_of_both(self, data: dict[str, object], **kwargs: object) -> None:
        """Either the list or ``all``."""
        if (data["messages"] is None) == (data["all"] is False):
            raise ValidationError("Give either messages or all.", "messages")


class Choose(Request):
    """Switch a kind of message on or off for a channel (NT-2)."""

    kind = fields.String(required=True, validate=validate.OneOf(tuple(KINDS)))
    channel = fields.String(required=True, validate=validate.OneOf(CHANNELS))
    enabled = fields.Boolean(required=True)


class Person(Request):
    """For identity: somebody who asks what is held."""

    person = fields.UUID(required=True)

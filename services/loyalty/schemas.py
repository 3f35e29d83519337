"""Requests of loyalty's RPCs."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.operations import Request

PERIOD = validate.Regexp(r"^[0-9]{4}-(0[1-9]|1[0-2])$")


class Nothing(Request):
    """No fields."""


class Account(Request):
    """One account."""

    account = fields.UUID(required=True)


class Standings(Request):
    """A page of a provider's members, after an account (LY-7)."""

    provider = fields.String(required=True, validate=validate.Length(max=64))
    after = fields.UUID(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=1000, validate=validate.Range(min=1, max=10_000))


class Review(Request):
    """LY-3: the monthly review."""

    provider = fields.String(required=True, validate=validate.Length(max=64))
    period = fields.String(required=True, validate=PERIOD)

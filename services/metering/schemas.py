"""Requests of metering's RPCs."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.operations import Request


class Nothing(Request):
    """No fields."""


class Proof(Request):
    """Does the serial belong to a meter of the account?"""

    provider = fields.String(required=True)
    number = fields.String(required=True)
    serial = fields.String(required=True, validate=validate.Length(max=64))


class Submit(Request):
    """MT-2: a value for every register of a meter."""

    meter = fields.UUID(required=True)
    values = fields.Dict(
        keys=fields.String(validate=validate.Length(max=16)),
        values=fields.Decimal(allow_nan=False),
        required=True,
        validate=validate.Length(min=1, max=8),
    )
    taken_at = fields.AwareDateTime(load_default=None)
    confirmed = fields.Boolean(load_default=False)


class Account(Request):
    """One account."""

    account = fields.UUID(required=True)


class History(Request):
    """Newest first; ``before`` is the moment of the last one seen."""

    accounts = fields.List(fields.UUID(), load_default=None)
    before = fields.AwareDateTime(load_default=None)
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 200))


class Quantities(Request):
    """What billing asks of a period, page by page in the order of accounts."""

    provider = fields.String(required=True)
    period = fields.String(required=True, validate=validate.Regexp(r"^\d{4}-\d{2}$"))
    accounts = fields.List(fields.UUID(), required=True, validate=validate.Length(max=20_000))


class Intervals(Request):
    """Interval data of a meter by local days."""

    meter = fields.UUID(required=True)
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)


class ImportMeters(Request):
    """A register of meters as CSV text (MT-1)."""

    provider = fields.String(required=True)
    csv = fields.String(required=True, validate=validate.Length(max=5_000_000))
    dry_run = fields.Boolean(load_default=False)

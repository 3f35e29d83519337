"""Requests of payments' RPCs."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.operations import Number, Request
from services.payments.domain.states import RECEIPT_STATES


class Part(Request):
    """An account and what it gets."""

    account = fields.UUID(required=True)
    amount = Number(required=True)


class Create(Request):
    """PY-1: one payment for several accounts."""

    parts = fields.List(fields.Nested(Part), required=True, validate=validate.Length(min=1, max=50))
    return_url = fields.Url(required=True, require_tld=False, validate=validate.Length(max=2000))
    system = fields.String(load_default=None, validate=validate.Length(max=32))


class Payment(Request):
    """One payment."""

    payment = fields.UUID(required=True)


class Webhook(Request):
    """A notification as it came; ``body`` is its text."""

    system = fields.String(required=True, validate=validate.Length(max=32))
    body = fields.String(required=True, validate=validate.Length(max=65_536))
    remote = fields.String(required=True, validate=validate.Length(max=64))


class History(Request):
    """Newest first; ``before`` is the moment of the last one seen. Payments that concern any of the accounts."""

    accounts = fields.List(fields.UUID(), load_default=None)
    before = fields.AwareDateTime(load_default=None)
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 200))


class Callback(Request):
    """The last two parts of the address that the fiscal operator called."""

    payment = fields.UUID(required=True)
    seal = fields.String(required=True, validate=validate.Length(max=100))


class Receipts(Request):
    """Receipts in a state; ``after`` is ``next`` of the page before."""

    state = fields.String(load_default="failed", validate=validate.OneOf(RECEIPT_STATES))
    after = fields.UUID(load_default=None)
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class Person(Request):
    """For identity: somebody who asks what is held."""

    person = fields.UUID(required=True)

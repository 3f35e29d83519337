"""Requests of billing's RPCs."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.operations import Number, Request

PERIOD = validate.Regexp(r"^\d{4}-(0[1-9]|1[0-2])$")
DELIVERIES = ("email", "both", "paper")


class Nothing(Request):
    """No fields."""


class Account(Request):
    """One account."""

    account = fields.UUID(required=True)


class Accounts(Request):
    """Accounts to be paid for."""

    accounts = fields.List(fields.UUID(), required=True, validate=validate.Length(min=1, max=100))


class PaymentProof(Request):
    """Of whom an account is: the amount of its last payment."""

    provider = fields.String(required=True, validate=validate.Length(max=64))
    number = fields.String(required=True, validate=validate.Length(max=32))
    amount = Number(required=True)


class AddressProof(Request):
    """Of whom an account is: its address in parts."""

    provider = fields.String(required=True, validate=validate.Length(max=64))
    number = fields.String(required=True, validate=validate.Length(max=32))
    house = fields.String(required=True, validate=validate.Length(max=16))
    letter = fields.String(load_default="", validate=validate.Length(max=16))
    flat = fields.String(load_default="", validate=validate.Length(max=16))
    extension = fields.String(load_default="", validate=validate.Length(max=16))


class Bill(Request):
    """One bill."""

    bill = fields.UUID(required=True)


class BillPdf(Request):
    """A bill as PDF, in a language."""

    bill = fields.UUID(required=True)
    language = fields.String(load_default=None, validate=validate.OneOf(("ru", "uk", "en")))


class History(Request):
    """Newest first; ``before`` is the moment of the last one seen."""

    accounts = fields.List(fields.UUID(), load_default=None)
    before = fields.AwareDateTime(load_default=None)
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 200))


class Statement(Request):
    """BL-5: all movements between two days, both included."""

    account = fields.UUID(required=True)
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)


class Quantity(Request):
    """What a register counted so far."""

    zone = fields.String(required=True)
    register = fields.String(required=True)
    value = Number(required=True)
    previous = Number(required=True, allow_none=True)
    consumption = Number(required=True, allow_none=True)


class Preliminary(Request):
    """BL-6: what a reading just sent would cost."""

    account = fields.UUID(required=True)
    resource = fields.String(required=True)
    unit = fields.String(required=True)
    serial = fields.String(required=True)
    period = fields.String(required=True, validate=PERIOD)
    quantities = fields.List(fields.Nested(Quantity), required=True)


class Run(Request):
    """A bill run of a provider's period."""

    provider = fields.String(required=True)
    period = fields.String(required=True, validate=PERIOD)


class RunId(Request):
    """A bill run."""

    run = fields.UUID(required=True)


REASON = validate.Length(min=3, max=500)


class CancelRun(Request):
    """Take the bills of a run back; why."""

    run = fields.UUID(required=True)
    reason = fields.String(required=True, validate=REASON)


class WithdrawBill(Request):
    """Take one bill back; why."""

    bill = fields.UUID(required=True)
    reason = fields.String(required=True, validate=REASON)


class ImportAccounts(Request):
    """A register of accounts as CSV text (BL-1)."""

    provider = fields.String(required=True)
    csv = fields.String(required=True, validate=validate.Length(max=5_000_000))
    dry_run = fields.Boolean(load_default=False)


class Delivery(Request):
    """How bills are delivered (BL-1)."""

    account = fields.UUID(required=True)
    delivery = fields.String(required=True, validate=validate.OneOf(DELIVERIES))

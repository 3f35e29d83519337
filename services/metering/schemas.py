"""Requests of metering's RPCs."""

from __future__ import annotations

import base64
from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from chassis.operations import Number, Request
from contracts.registers import text_of
from contracts.sources import CONTROL, ESTIMATE, OPERATOR
from services.metering.domain.consumption.directions import CHANNELS
from services.metering.domain.thousandths import MOST
from services.metering.domain.vee.findings import RULES

# Days that a meter can have data of.
DAYS = validate.Range(date(2000, 1, 1), date(2199, 12, 31))
PERIOD = validate.Regexp(r"^\d{4}-(0[1-9]|1[0-2])$")
MOST_RATIO = 1_000_000


def by_register() -> fields.Dict:
    """A value for each register, by its code."""
    return fields.Dict(
        keys=fields.String(validate=validate.Length(max=16)),
        values=Number(),
        required=True,
        validate=validate.Length(min=1, max=8),
    )


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
    values = by_register()
    taken_at = fields.AwareDateTime(load_default=None)
    confirmed = fields.Boolean(load_default=False)


class MeterId(Request):
    """One meter."""

    meter = fields.UUID(required=True)


class ReadingId(Request):
    """One reading."""

    reading = fields.UUID(required=True)


class Enter(Submit):
    """MT-3, MT-10: what staff enter; ``period`` where the day of the reading does not say it."""

    source = fields.String(load_default=OPERATOR, validate=validate.OneOf((OPERATOR, CONTROL, ESTIMATE)))
    period = fields.String(load_default=None, allow_none=True, validate=PERIOD)


class GuestReadings(Request):
    """MT-5: the account, the proof that its provider asks for, the values of one meter."""

    provider = fields.String(required=True, validate=validate.Length(max=64))
    number = fields.String(required=True, validate=validate.Length(min=1, max=32))
    serial = fields.String(load_default="", validate=validate.Length(max=64))
    resource = fields.String(load_default="", validate=validate.Length(max=32))
    house = fields.String(load_default="", validate=validate.Length(max=16))
    letter = fields.String(load_default="", validate=validate.Length(max=16))
    flat = fields.String(load_default="", validate=validate.Length(max=16))
    extension = fields.String(load_default="", validate=validate.Length(max=16))
    values = by_register()


class GuestQueue(Request):
    """Oldest first, after the last one seen."""

    provider = fields.String(load_default=None, allow_none=True)
    after = fields.UUID(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class DecideGuest(Request):
    """MT-5: take a queued reading or not; ``meter`` where it is not plain which one is meant."""

    reading = fields.UUID(required=True)
    accept = fields.Boolean(required=True)
    meter = fields.UUID(load_default=None, allow_none=True)
    note = fields.String(load_default="", validate=validate.Length(max=500))


class RegisterFindings(Request):
    """Register readings that did not pass; ``before`` is ``next`` of the page before."""

    provider = fields.String(required=True)
    decided = fields.Boolean(load_default=False)
    serial = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=64))
    before = fields.UUID(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 500))


class DecideRegisterReading(Request):
    """What becomes of a withheld reading; ``value`` with ``replace``."""

    finding = fields.UUID(required=True)
    decision = fields.String(required=True, validate=validate.OneOf(("release", "replace")))
    value = Number(load_default=None, allow_none=True)
    reason = fields.String(required=True, validate=validate.Length(min=3, max=500))


class ReplaceMeter(Request):
    """MT-1: what is not said of the new meter is as it was of the old one."""

    meter = fields.UUID(required=True)
    replaced_on = fields.Date(required=True)
    closing = by_register()
    serial = fields.String(required=True, validate=validate.Length(min=1, max=64))
    opening = by_register()
    model = fields.String(load_default="", validate=validate.Length(max=100))
    zones = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 8))
    digits = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 9))
    decimals = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(0, 6))
    ratio = Number(
        load_default=None,
        allow_none=True,
        validate=validate.Range(0, MOST_RATIO, min_inclusive=False),
    )
    automated = fields.Boolean(load_default=None, allow_none=True)
    export = fields.Boolean(load_default=None, allow_none=True)
    verified_on = fields.Date(load_default=None, allow_none=True)
    next_verification_on = fields.Date(load_default=None, allow_none=True)


class Verification(Request):
    """MT-11: when a meter was verified, and when it must be again."""

    meter = fields.UUID(required=True)
    verified_on = fields.Date(required=True)
    next_verification_on = fields.Date(required=True)


class MeterReadings(Request):
    """Newest first; ``before`` is the moment of the last one seen."""

    meter = fields.UUID(required=True)
    before = fields.AwareDateTime(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 500))


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


class Consumption(Request):
    """What an account's meters, or one meter, used by local days, both included (MT-7)."""

    account = fields.UUID(load_default=None)
    meter = fields.UUID(load_default=None)
    by = fields.String(load_default="month", validate=validate.OneOf(("month", "day", "hour")))
    first_day = fields.Date(required=True, validate=DAYS)
    last_day = fields.Date(required=True, validate=DAYS)
    compare = fields.String(load_default=None, validate=validate.OneOf(("last_year", "similar")))

    @validates_schema
    def one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        """An account or a meter."""
        if (data.get("account") is None) == (data.get("meter") is None):
            raise ValidationError("Name an account or a meter.", "account")


class Download(Request):
    """A meter's data as a file (MT-12)."""

    meter = fields.UUID(required=True)
    format = fields.String(required=True, validate=validate.OneOf(("espi", "csv", "xlsx")))
    first_day = fields.Date(required=True, validate=DAYS)
    last_day = fields.Date(required=True, validate=DAYS)
    language = fields.String(load_default="ru", validate=validate.OneOf(("ru", "uk", "en")))


class RegisterFile(Request):
    """A register as CSV: as text, or as the ``file`` itself in base64, whatever its encoding."""

    provider = fields.String(required=True)
    csv = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=5_000_000))
    file = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=6_000_000))
    dry_run = fields.Boolean(load_default=False)

    @post_load
    def read_file(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """``csv`` holds the text in either case."""
        file = data.pop("file")
        if (file is None) == (data["csv"] is None):
            raise ValidationError("Send csv or file.", "csv")
        if file is not None:
            try:
                data["csv"] = text_of(base64.b64decode(file, validate=True))
            except ValueError as error:
                raise ValidationError("Not base64.", "file") from error
        return data


class ImportMeters(RegisterFile):
    """A register of meters (MT-1)."""


class ImportReadings(RegisterFile):
    """A register of readings (MT-10), each of the month of its day or all of one ``period``."""

    period = fields.String(load_default=None, allow_none=True, validate=PERIOD)


class Findings(Request):
    """What validation found of a provider's interval data, newest first; ``before`` is the id of the last one seen."""

    provider = fields.String(required=True)
    rule = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(sorted(RULES)))
    meter = fields.UUID(load_default=None)
    serial = fields.String(load_default=None, validate=validate.Length(max=64))
    first_day = fields.Date(load_default=None, validate=DAYS)
    last_day = fields.Date(load_default=None, validate=DAYS)
    before = fields.UUID(load_default=None)
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 500))


class IntervalDay(Request):
    """A day of a channel."""

    meter = fields.UUID(required=True)
    channel = fields.String(required=True, validate=validate.OneOf(sorted(CHANNELS)))
    day = fields.Date(required=True, validate=DAYS)


class EditIntervals(IntervalDay):
    """Values in thousandths of the unit by slot of the day, null to withdraw an earlier edit; ``version`` is the one
    that the operator looked at."""

    version = fields.Integer(required=True, validate=validate.Range(1))
    values = fields.Dict(
        keys=fields.Integer(validate=validate.Range(0, 99)),
        values=fields.Integer(allow_none=True, validate=validate.Range(0, MOST)),
        required=True,
        validate=validate.Length(min=1, max=100),
    )
    reason = fields.String(required=True, validate=validate.Length(min=3, max=500))


class Alerts(Request):
    """Alerts on use of an account, or of all of the person's; with ``cleared`` also those that ended within a year."""

    account = fields.UUID(load_default=None)
    cleared = fields.Boolean(load_default=False)
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class Person(Request):
    """For identity: somebody who asks what is held."""

    person = fields.UUID(required=True)

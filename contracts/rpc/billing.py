"""Requests and answers of billing's RPCs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.rpc.base import (
    AccountNumber,
    AddressPart,
    Currency,
    Id,
    Language,
    Moment,
    Period,
    ProviderId,
    Reason,
    Request,
    Serial,
)
from contracts.rpc.common import AccountRequest as AccountRequest
from contracts.rpc.common import HistoryRequest as HistoryRequest

#: How bills come: by e-mail, on paper, both (BL-1).
Delivery = Literal["email", "both", "paper"]


class AccountsRequest(Request, frozen=True, kw_only=True):
    """Accounts to be paid for."""

    accounts: Annotated[list[UUID], Meta(min_length=1, max_length=100)]


class PaymentProofRequest(Request, frozen=True, kw_only=True):
    """Of whom an account is: the amount of its last payment."""

    provider: ProviderId
    number: AccountNumber
    amount: Decimal


class AddressProofRequest(Request, frozen=True, kw_only=True):
    """Of whom an account is: its address in parts."""

    provider: ProviderId
    number: AccountNumber
    house: AddressPart
    letter: AddressPart = ""
    flat: AddressPart = ""
    extension: AddressPart = ""


class BillRequest(Request, frozen=True, kw_only=True):
    """One bill."""

    bill: UUID


class BillPdfRequest(Request, frozen=True, kw_only=True):
    """A bill as PDF, in a language."""

    bill: UUID
    language: Language | None = None


class StatementRequest(Request, frozen=True, kw_only=True):
    """BL-5: all movements between two days, both included."""

    account: UUID
    first_day: date
    last_day: date


class Quantity(Request, frozen=True, kw_only=True):
    """What a register counted so far."""

    zone: str
    register: str
    value: Decimal
    previous: Decimal | None
    consumption: Decimal | None


class PreliminaryRequest(Request, frozen=True, kw_only=True):
    """BL-6: what a reading just sent would cost."""

    account: UUID
    resource: str
    unit: str
    serial: Serial
    period: Period
    quantities: list[Quantity]


class StartRunRequest(Request, frozen=True, kw_only=True):
    """A bill run of a provider's period."""

    provider: ProviderId
    period: Period


class RunRequest(Request, frozen=True, kw_only=True):
    """A bill run."""

    run: UUID


class CancelRunRequest(Request, frozen=True, kw_only=True):
    """Take the bills of a run back; why."""

    run: UUID
    reason: Reason


class WithdrawBillRequest(Request, frozen=True, kw_only=True):
    """Take one bill back; why."""

    bill: UUID
    reason: Reason


class ImportAccountsRequest(Request, frozen=True, kw_only=True):
    """A register of accounts as CSV text (BL-1)."""

    provider: ProviderId
    csv: Annotated[str, Meta(max_length=5_000_000)]
    dry_run: bool = False


class DeliveryRequest(Request, frozen=True, kw_only=True):
    """How bills are delivered (BL-1)."""

    account: UUID
    delivery: Delivery


class ChargeLine(msgspec.Struct):
    """A line of a preliminary charge with its formula (BL-6)."""

    resource: str
    component: str
    zone: str
    unit: str
    opening: Decimal | None
    closing: Decimal | None
    consumption: Decimal
    price: Decimal
    amount: Decimal
    vat: Decimal
    rule: str
    formula: str


class Preliminary(msgspec.Struct):
    """What the reading costs, and what there would be to pay with it."""

    account: Id
    period: Period
    currency: Currency
    lines: list[ChargeLine]
    total: Decimal
    balance: Decimal
    to_pay: Decimal
    complete: bool


class DeliveryChosen(msgspec.Struct):
    """How bills come from now on."""

    account: Id
    delivery: str


class Bill(msgspec.Struct):
    """A bill: opening - paid + charged = closing; a debt is positive. ``revision`` is above 1 where an earlier bill of
    the period was withdrawn; ``withdrawn_at`` says since when this one counts no more. ``run`` made it."""

    bill: Id
    run: Id
    account: Id
    provider: ProviderId
    account_number: str
    period: Period
    revision: int
    number: str
    currency: Currency
    opening: Decimal
    paid: Decimal
    charged: Decimal
    closing: Decimal
    due_on: date
    early_until: date | None
    level: str | None
    points: int | None
    issued_at: Moment
    withdrawn_at: Moment | None


class BillLine(msgspec.Struct):
    """A line that explains itself (BL-12): formula, inputs, rule, source."""

    ordinal: int
    kind: str
    resource: str
    component: str
    zone: str
    unit: str
    serial: str | None
    register: str | None
    opening: Decimal | None
    closing: Decimal | None
    opening_at: Moment | None
    closing_at: Moment | None
    source: str | None
    consumption: Decimal
    price: Decimal
    amount: Decimal
    vat_rate: Decimal
    vat: Decimal
    rule: str
    formula: str
    recalculates: str | None
    recalculated_in: str | None


class BillWithLines(Bill):
    """A bill with its lines."""

    lines: list[BillLine]


class Movement(msgspec.Struct):
    """A movement of the account: charges positive, payments negative."""

    occurred_at: Moment
    kind: str
    reference: str
    amount: Decimal
    counterpart: str
    balance: Decimal


class Statement(msgspec.Struct):
    """All movements between two days (BL-5)."""

    account: Id
    currency: Currency
    first_day: date
    last_day: date
    opening: Decimal
    closing: Decimal
    movements: list[Movement]


class Run(msgspec.Struct):
    """A bill run and its progress (BL-4). ``state``: running, done, withdrawing, withdrawn. ``bills`` and ``charged``
    are of the bills in force that it made, ``withdrawn`` counts those that were taken back, for the ``reason``."""

    run: Id
    provider: ProviderId
    period: Period
    state: str
    accounts: int
    bills: int
    charged: Decimal
    withdrawn: int
    reason: str | None
    started_at: Moment
    finished_at: Moment | None


class BookTotal(msgspec.Struct):
    """The sum over all ledger accounts: zero."""

    provider: ProviderId
    currency: Currency
    total: Decimal


class Books(msgspec.Struct):
    """By provider and currency."""

    totals: list[BookTotal]


class AccountDetails(msgspec.Struct):
    """An account with holder, address, tariffs, balance (a debt is positive) and the holder's standing."""

    account: Id
    provider: ProviderId
    number: str
    holder: str
    address: str
    people: int | None
    area: Decimal | None
    kind: str
    tariffs: list[str]
    delivery: str
    language: str
    currency: Currency
    opened_on: date
    balance: Decimal
    level: str | None
    points: int | None


class OwedAccount(msgspec.Struct):
    """What is owed on an account (a debt is positive). Where only the amount may be seen, the rest is null (ID-6)."""

    account: Id
    provider: ProviderId
    number: str
    address: str | None
    balance: Decimal
    currency: Currency
    delivery: str | None
    last_bill: Bill | None


class Owed(msgspec.Struct):
    """What is owed, by account (GW-2)."""

    accounts: list[OwedAccount]


class PayableAccount(msgspec.Struct):
    """An account that the caller may pay for."""

    account: Id
    provider: ProviderId
    number: str
    currency: Currency
    balance: Decimal


class Payable(msgspec.Struct):
    """Accounts that the caller may pay for."""

    accounts: list[PayableAccount]


class Bills(msgspec.Struct):
    """A page of bills, newest first (GW-3)."""

    bills: list[Bill]


class ContactOnFile(msgspec.Struct):
    """The e-mail address that the supplier has of an account."""

    email: str | None

"""Requests and answers of billing's RPCs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.rpc.base import (
    AccountNumber,
    AddressPart,
    Amount,
    Currency,
    Id,
    Moment,
    Period,
    Price,
    ProviderId,
    Rate,
    Reason,
    Request,
    Serial,
    Volume,
)
from contracts.rpc.common import AccountRequest as AccountRequest
from contracts.rpc.common import ImportReport
from contracts.rpc.common import MoneyHistoryRequest as MoneyHistoryRequest
from contracts.rpc.common import PersonRequest as PersonRequest
from contracts.rpc.words import (
    BillRunState,
    ChargeComponent,
    ChargeKind,
    CustomerKind,
    Delivery,
    Language,
    Level,
    MovementKind,
    ReadingSource,
    Resource,
    Unit,
    Zone,
)


class AccountsRequest(Request, frozen=True, kw_only=True):
    """Accounts to be paid for."""

    accounts: Annotated[list[UUID], Meta(min_length=1, max_length=100)]


class AccountsReport(ImportReport):
    """Of a file of accounts: ``added`` are new, ``updated`` were there and are otherwise now."""

    updated: int


class PaymentProofRequest(Request, frozen=True, kw_only=True):
    """Of whom an account is: the amount of its last payment, by somebody else than the ``person`` who asks."""

    provider: ProviderId
    number: AccountNumber
    amount: Amount
    person: UUID | None = None


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

    zone: Zone
    register: str
    value: Volume
    previous: Volume | None
    consumption: Volume | None


class PreliminaryRequest(Request, frozen=True, kw_only=True):
    """BL-6: what a reading just sent would cost."""

    account: UUID
    resource: Resource
    unit: Unit
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
    """A file of accounts as CSV text (BL-1)."""

    provider: ProviderId
    csv: Annotated[str, Meta(max_length=5_000_000)]
    dry_run: bool = False


class DeliveryRequest(Request, frozen=True, kw_only=True):
    """How bills are delivered (BL-1)."""

    account: UUID
    delivery: Delivery


class ChargeLine(msgspec.Struct):
    """A line of a preliminary charge with its formula (BL-6)."""

    resource: Resource
    component: ChargeComponent
    zone: Zone
    unit: Unit
    opening: Volume | None
    closing: Volume | None
    consumption: Volume
    price: Price
    amount: Amount
    vat: Amount
    rule: str
    formula: str


class Preliminary(msgspec.Struct):
    """What the reading costs, and what there would be to pay with it."""

    account: Id
    period: Period
    currency: Currency
    lines: list[ChargeLine]
    total: Amount
    balance: Amount
    to_pay: Amount
    complete: bool


class DeliveryChosen(msgspec.Struct):
    """How bills come from now on."""

    account: Id
    delivery: Delivery


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
    opening: Amount
    paid: Amount
    charged: Amount
    closing: Amount
    due_on: date
    early_until: date | None
    level: Level | None
    points: int | None
    issued_at: Moment
    withdrawn_at: Moment | None


class BillLine(msgspec.Struct):
    """A line that explains itself (BL-12): formula, inputs, rule, source."""

    ordinal: int
    kind: ChargeKind
    resource: Resource
    component: ChargeComponent
    zone: Zone
    unit: Unit
    serial: str | None
    register: str | None
    opening: Volume | None
    closing: Volume | None
    opening_at: Moment | None
    closing_at: Moment | None
    source: ReadingSource | None
    consumption: Volume
    price: Price
    amount: Amount
    vat_rate: Rate
    vat: Amount
    rule: str
    formula: str
    recalculates: Period | None
    recalculated_in: Period | None


class BillWithLines(Bill):
    """A bill with its lines."""

    lines: list[BillLine]


class Movement(msgspec.Struct):
    """A movement of the account: charges positive, payments negative."""

    occurred_at: Moment
    kind: MovementKind
    reference: str
    amount: Amount
    counterpart: str
    balance: Amount


class Statement(msgspec.Struct):
    """All movements between two days (BL-5)."""

    account: Id
    currency: Currency
    first_day: date
    last_day: date
    opening: Amount
    closing: Amount
    movements: list[Movement]


class Run(msgspec.Struct):
    """A bill run and its progress (BL-4). ``state``: running, done, withdrawing, withdrawn. ``bills`` and ``charged``
    are of the bills in force that it made, ``withdrawn`` counts those that were taken back, for the ``reason``."""

    run: Id
    provider: ProviderId
    period: Period
    state: BillRunState
    accounts: int
    bills: int
    charged: Amount
    withdrawn: int
    reason: str | None
    started_at: Moment
    finished_at: Moment | None


class BookTotal(msgspec.Struct):
    """The sum over all ledger accounts: zero."""

    provider: ProviderId
    currency: Currency
    total: Amount


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
    kind: CustomerKind
    tariffs: list[str]
    delivery: Delivery
    language: Language
    currency: Currency
    opened_on: date
    balance: Amount
    level: Level | None
    points: int | None


class OwedAccount(msgspec.Struct):
    """What is owed on an account (a debt is positive). Where only the amount may be seen, the rest is null (ID-6)."""

    account: Id
    provider: ProviderId
    number: str
    address: str | None
    balance: Amount
    currency: Currency
    delivery: Delivery | None
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
    balance: Amount


class Payable(msgspec.Struct):
    """Accounts that the caller may pay for."""

    accounts: list[PayableAccount]


class Bills(msgspec.Struct):
    """A page of bills, newest first (GW-3)."""

    bills: list[Bill]


class ContactOnFile(msgspec.Struct):
    """The e-mail address that the supplier has of an account."""

    email: str | None

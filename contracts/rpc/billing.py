"""Requests and answers of billing's RPCs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from contracts.rpc.base import (
    AccountNumber,
    AddressPart,
    Language,
    Moment,
    Period,
    Provider,
    Reason,
    Request,
    Serial,
)

#: How bills come: by e-mail, on paper, both (BL-1).
Delivery = Literal["email", "both", "paper"]


class AccountRequest(Request, frozen=True, kw_only=True):
    """One account."""

    account: UUID


class AccountsRequest(Request, frozen=True, kw_only=True):
    """Accounts to be paid for."""

    accounts: Annotated[list[UUID], Meta(min_length=1, max_length=100)]


class PaymentProofRequest(Request, frozen=True, kw_only=True):
    """Of whom an account is: the amount of its last payment."""

    provider: Provider
    number: AccountNumber
    amount: Decimal


class AddressProofRequest(Request, frozen=True, kw_only=True):
    """Of whom an account is: its address in parts."""

    provider: Provider
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


class HistoryRequest(Request, frozen=True, kw_only=True):
    """Newest first; ``before`` is the moment of the last one seen."""

    accounts: list[UUID] | None = None
    before: Moment | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 20


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

    provider: Provider
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

    provider: Provider
    csv: Annotated[str, Meta(max_length=5_000_000)]
    dry_run: bool = False


class DeliveryRequest(Request, frozen=True, kw_only=True):
    """How bills are delivered (BL-1)."""

    account: UUID
    delivery: Delivery

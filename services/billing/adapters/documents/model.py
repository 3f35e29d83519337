"""What a bill says, as plain values: text ready to be shown, Decimals and dates.

Texts (services, zones, sources, levels) come in the customer's language from whoever knows them; only the
words of the form itself are in ``labels``. Money with a fraction of a hundredth, and sums that don't add up,
are refused: a printed bill is a claim, and a wrong one is worse than a missing one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal

Language = Literal["ru", "uk", "en"]
Currency = Literal["RUB", "UAH"]
RequisiteKind = Literal[
    "inn", "kpp", "edrpou", "bank_account", "iban", "bank", "bic", "mfo", "corresp_account"
]

ZERO: Final = Decimal(0)


class BillDocumentError(ValueError):
    """These values can't be printed as a bill. ``code`` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Requisite:
    """One of the provider's tax or bank details, shown with the label of its kind."""

    kind: RequisiteKind
    value: str


@dataclass(frozen=True, slots=True)
class Provider:
    """Who sends the bill. ``contacts`` are short lines: address, telephone, site."""

    name: str
    requisites: tuple[Requisite, ...] = ()
    contacts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChargeRow:
    """A line of the bill: a charge, a recalculation, a penalty, a certificate.

    What a line doesn't have (a penalty has no readings) is None or empty and stays blank. ``amount`` includes
    ``vat``. ``note`` says why, in small type: "by the average of six months".
    """

    service: str
    amount: Decimal
    zone: str = ""
    previous: Decimal | None = None
    current: Decimal | None = None
    consumption: Decimal | None = None
    unit: str = ""
    tariff: Decimal | None = None
    vat: Decimal | None = None
    note: str = ""

    def __post_init__(self) -> None:
        _check_money(self.amount, "amount")
        if self.vat is not None:
            _check_money(self.vat, "vat")
        for name in ("previous", "current", "consumption", "tariff"):
            value = getattr(self, name)
            if value is not None:
                _check_number(value, name)


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """A reading that the charges rest on, and where it came from. ``meter`` is shown as given."""

    meter: str
    value: Decimal
    unit: str
    taken_on: date
    source: str
    zone: str = ""

    def __post_init__(self) -> None:
        _check_number(self.value, "value")


@dataclass(frozen=True, slots=True)
class Totals:
    """The balance over the period: debt positive, overpayment negative. ``vat`` is a part of ``charged``."""

    opening: Decimal
    paid: Decimal
    charged: Decimal
    closing: Decimal
    vat: Decimal | None = None

    def __post_init__(self) -> None:
        for name in ("opening", "paid", "charged", "closing"):
            _check_money(getattr(self, name), name)
        if self.vat is not None:
            _check_money(self.vat, "vat")
        if self.opening - self.paid + self.charged != self.closing:
            raise BillDocumentError("bill_balance_wrong", "opening - paid + charged is not closing")


@dataclass(frozen=True, slots=True)
class Loyalty:
    """The account's level in the loyalty programme, in words, and its points."""

    level: str
    points: int


@dataclass(frozen=True, slots=True)
class BillDocument:
    """One bill. ``period`` is the first day of its month.

    ``payment_text`` is what the QR code carries (see ``domain/payment_qr.py``), None where there is no such
    way to pay. It is drawn only when there is something to pay.
    """

    language: Language
    currency: Currency
    number: str
    issued_on: date
    period: date
    due_on: date
    provider: Provider
    account_number: str
    holder: str
    address: str
    charges: tuple[ChargeRow, ...]
    readings: tuple[ReadingRow, ...]
    totals: Totals
    loyalty: Loyalty | None = None
    payment_text: str | None = None

    def __post_init__(self) -> None:
        if sum((row.amount for row in self.charges), ZERO) != self.totals.charged:
            raise BillDocumentError("bill_charges_wrong", "the lines don't add up to what was charged")

    @property
    def to_pay(self) -> Decimal:
        """What the customer owes now: nothing when there is an overpayment."""
        return max(self.totals.closing, ZERO)


def _check_number(value: Decimal, name: str) -> None:
    # A float would pass for a Decimal in every sum below and bring its binary tail to paper.
    if not isinstance(value, Decimal):
        raise TypeError(f"{name} must be a Decimal, not {type(value).__name__}")
    if not value.is_finite():
        raise BillDocumentError("bill_number_not_finite", f"{name} is not a number")


def _check_money(value: Decimal, name: str) -> None:
    _check_number(value, name)
    if value * 100 % 1:
        raise BillDocumentError("bill_money_not_exact", f"{name} has a fraction of a hundredth")

"""Bank cards: the test numbers and what happens with each, the checks of the form, the brand.

A full number, an expiry date and a CVC exist only while a form is read; a `Card` holds what a receipt may
show.
"""

import re
from dataclasses import dataclass
from datetime import date

APPROVED = "approved"
THREE_D_SECURE = "3-d secure"
# Anything else in this table is the reason of the refusal. The numbers are accepted whatever their check
# digit.
TEST_CARDS: dict[str, str] = {
    "5555555555554444": APPROVED,
    "4111111111111111": APPROVED,
    "2200000000000004": APPROVED,
    "5555555555554477": THREE_D_SECURE,
    "5555555555554543": "insufficient_funds",
    "5555555555554535": "card_expired",
}
THREE_D_SECURE_CODE = "1234"


class CardError(ValueError):
    """What the customer must correct, in the words of the page."""


@dataclass(frozen=True)
class Card:
    """What may be kept of a card."""

    first6: str
    last4: str
    card_type: str
    expiry_year: str
    expiry_month: str

    @property
    def mask(self) -> str:
        """Such as "MasterCard *4444"."""
        return f"{self.card_type} *{self.last4}"


def read_card(number: str, expiry: str, cvc: str, today: date) -> tuple[Card, str]:
    """The card and its outcome (APPROVED, THREE_D_SECURE or a reason of refusal); raise CardError."""
    digits = re.sub(r"[ -]", "", number)
    if digits not in TEST_CARDS and not _is_card_number(digits):
        raise CardError("The card number is not right")
    month, year = _read_expiry(expiry)
    if (year, month) < (today.year, today.month):
        raise CardError("The card has expired")
    check_cvc(cvc)
    card = Card(digits[:6], digits[-4:], _brand(digits), str(year), f"{month:02d}")
    return card, TEST_CARDS.get(digits, APPROVED)


def check_cvc(cvc: str) -> None:
    """Three digits; raise CardError. The code itself is not looked at: any is right."""
    if not re.fullmatch(r"\d{3}", cvc.strip(), re.ASCII):
        raise CardError("The CVC has three digits")


def _is_card_number(digits: str) -> bool:
    """Length and check digit (Luhn, ISO/IEC 7812)."""
    if not re.fullmatch(r"\d{16,19}", digits, re.ASCII):
        return False
    total = 0
    for place, digit in enumerate(map(int, reversed(digits))):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def _read_expiry(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"\s*(0[1-9]|1[0-2])\s*/?\s*(?:20)?(\d\d)\s*", text, re.ASCII)
    if not found:
        raise CardError("The expiry date is MM/YY")
    return int(found[1]), 2000 + int(found[2])


def _brand(digits: str) -> str:
    """The names that YooKassa uses in `card_type`."""
    if digits[0] == "4":
        return "Visa"
    if "2200" <= digits[:4] <= "2204":
        return "Mir"
    if "51" <= digits[:2] <= "55" or "2221" <= digits[:4] <= "2720":
        return "MasterCard"
    return "UnionPay" if digits[:2] == "62" else "Unknown"

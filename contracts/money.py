"""Money: a Decimal amount with a currency, never a float."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import msgspec

CENT = Decimal("0.01")
#: Of currencies (ISO 4217), as people write them.
SIGNS: Final = {"RUB": "₽", "UAH": "₴"}


class CurrencyMismatchError(ValueError):
    """Two amounts of different currencies were combined."""


def round_money(amount: Decimal) -> Decimal:
    """Round to the hundredth, halves away from zero, as Russian and Ukrainian billing does."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


class Money(msgspec.Struct, frozen=True):
    """An amount in a currency. On the wire ``{"amount": "123.45", "currency": "RUB"}``."""

    amount: Decimal
    currency: str

    def __add__(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise CurrencyMismatchError(f"{self.currency} and {other.currency}")
        return Money(self.amount + other.amount, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        return self + (-other)

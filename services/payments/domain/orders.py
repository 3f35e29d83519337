"""What is paid in one payment (PY-1): parts with amounts, one currency, the total is their sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from contracts.errors import CabinetError

MOST = Decimal("1000000")


@dataclass(frozen=True)
class Part:
    """An account's part."""

    account: str
    provider: str
    number: str
    amount: Decimal


@dataclass(frozen=True)
class Order:
    """Parts of one currency."""

    currency: str
    parts: tuple[Part, ...]

    @property
    def total(self) -> Decimal:
        """The sum of the parts."""
        return sum((part.amount for part in self.parts), Decimal(0))


def make_order(amounts: Mapping[str, Decimal], payable: Sequence[Mapping[str, Any]]) -> Order:
    """The order for amounts by account. Raises ``amount_invalid``, ``currency_mixed``."""
    for account, amount in amounts.items():
        exponent = amount.as_tuple().exponent
        if (
            not amount.is_finite()
            or amount <= 0
            or amount > MOST
            or not isinstance(exponent, int)
            or exponent < -2
        ):
            raise CabinetError("amount_invalid", account=account)
    currencies = sorted({row["currency"] for row in payable})
    if len(currencies) != 1:
        raise CabinetError("currency_mixed", currencies=currencies)
    return Order(
        currencies[0],
        tuple(
            Part(row["account"], row["provider"], row["number"], amounts[row["account"]]) for row in payable
        ),
    )

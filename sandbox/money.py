"""Amounts of money are Decimal with two digits, on the wire strings such as "100.00"."""

import re
from decimal import ROUND_HALF_UP, Decimal

_AMOUNT = re.compile(r"\d{1,10}(\.\d{1,2})?", re.ASCII)


def parse_amount(value: object) -> Decimal:
    """A positive amount from its string; raise ValueError."""
    if not isinstance(value, str) or not _AMOUNT.fullmatch(value):
        raise ValueError('an amount is a string such as "100.00"')
    amount = Decimal(value)
    if not amount:
        raise ValueError("an amount is more than zero")
    return amount


def cents(value: Decimal) -> Decimal:
    """The value rounded to two digits, halves up."""
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def rubles(value: Decimal) -> dict[str, str]:
    """YooKassa's Amount object."""
    return {"value": str(cents(value)), "currency": "RUB"}

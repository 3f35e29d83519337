"""Decimals from outside, before anything is reckoned with them or stored."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

#: Powers of ten that anything measured or paid is written in.
LEAST_EXPONENT, MAX_EXPONENT = -20, 20
MAX_DIGITS: Final = 40


def within_reach(value: Decimal) -> bool:
    """Is it a number whose exponent is bounded? ``0E+9999999999999`` is zero, and no database takes it."""
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and LEAST_EXPONENT <= exponent <= MAX_EXPONENT


def is_bounded(value: Decimal) -> bool:
    """Is it a finite number of bounded length and exponent?"""
    return within_reach(value) and len(value.as_tuple().digits) <= MAX_DIGITS

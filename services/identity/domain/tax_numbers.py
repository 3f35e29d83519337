"""Tax numbers of organisations (ID-8), by their public check digits.

Russia: INN, ten digits of a company with nine characters of KPP, or twelve digits of a sole proprietor without KPP.
Ukraine: EDRPOU, eight digits.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

RUSSIA, UKRAINE = "RU", "UA"
COUNTRIES: Final = (RUSSIA, UKRAINE)

_INN_10: Final = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_INN_12_FIRST: Final = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_INN_12_SECOND: Final = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
# The usual weights, and those for numbers of the thirties to fifties of millions, which were given out otherwise.
_EDRPOU: Final = (1, 2, 3, 4, 5, 6, 7)
_EDRPOU_MIDDLE: Final = (7, 1, 2, 3, 4, 5, 6)
_DIGITS: Final = re.compile("[0-9]+")
# Tax office, reason (digits or capitals), number within the reason.
_KPP: Final = re.compile("[0-9]{4}[0-9A-Z]{2}[0-9]{3}")


class TaxNumberError(Exception):
    """``field`` is tax_number or branch_code; ``hint`` is length, characters, check_digit, missing or not_wanted."""

    def __init__(self, field: str, hint: str) -> None:
        self.field, self.hint = field, hint
        super().__init__(f"{field}: {hint}")


@dataclass(frozen=True)
class TaxNumber:
    """A number whose form and check digits are right; ``branch_code`` is the KPP, or empty."""

    country: str
    number: str
    branch_code: str


def read_tax_number(country: str, number: str, branch_code: str = "") -> TaxNumber:
    """Spaces in between do not matter. Raises TaxNumberError."""
    number, branch_code = _tidy(number), _tidy(branch_code).upper()
    lengths = (10, 12) if country == RUSSIA else (8,)
    if not _DIGITS.fullmatch(number):
        raise TaxNumberError("tax_number", "characters")
    if len(number) not in lengths:
        raise TaxNumberError("tax_number", "length")
    if not (inn_is_right(number) if country == RUSSIA else edrpou_is_right(number)):
        raise TaxNumberError("tax_number", "check_digit")
    if len(number) == 10 and not branch_code:
        raise TaxNumberError("branch_code", "missing")
    if len(number) != 10 and branch_code:
        raise TaxNumberError("branch_code", "not_wanted")
    if branch_code and not _KPP.fullmatch(branch_code):
        raise TaxNumberError("branch_code", "length" if len(branch_code) != 9 else "characters")
    return TaxNumber(country, number, branch_code)


def inn_is_right(number: str) -> bool:
    """Ten or twelve digits with the right check digits, not all of them zero."""
    if not _DIGITS.fullmatch(number) or not number.strip("0"):
        return False
    if len(number) == 10:
        return int(number[9]) == _weighted(number, _INN_10) % 11 % 10
    return (
        len(number) == 12
        and int(number[10]) == _weighted(number, _INN_12_FIRST) % 11 % 10
        and int(number[11]) == _weighted(number, _INN_12_SECOND) % 11 % 10
    )


def edrpou_is_right(number: str) -> bool:
    """Eight digits with the right check digit, not all of them zero."""
    if not _DIGITS.fullmatch(number) or len(number) != 8 or not number.strip("0"):
        return False
    weights = _EDRPOU_MIDDLE if 30_000_000 <= int(number) <= 60_000_000 else _EDRPOU
    rest = _weighted(number, weights) % 11
    if rest == 10:
        rest = _weighted(number, [weight + 2 for weight in weights]) % 11
    return int(number[7]) == rest % 10


def _weighted(number: str, weights: Sequence[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False))


def _tidy(text: str) -> str:
    return re.sub(r"[\s-]+", "", text)

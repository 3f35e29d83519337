"""Tax numbers of organisations (ID-8), by their public check digits, which python-stdnum knows.

Russia: INN, ten digits of a company with nine characters of KPP, or twelve digits of a sole proprietor without KPP.
Ukraine: EDRPOU, eight digits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from stdnum.ru import inn
from stdnum.ua import edrpou

RUSSIA, UKRAINE = "RU", "UA"
COUNTRIES: Final = (RUSSIA, UKRAINE)

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
    return number.isdigit() and bool(number.strip("0")) and inn.is_valid(number)


def edrpou_is_right(number: str) -> bool:
    """Eight digits with the right check digit, not all of them zero."""
    return number.isdigit() and bool(number.strip("0")) and edrpou.is_valid(number)


def _tidy(text: str) -> str:
    return re.sub(r"[\s-]+", "", text)

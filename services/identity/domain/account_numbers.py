"""Account numbers as people type them (ID-6): tidied up, and what is wrong with one told before any proof is asked for.

Whether a number exists is never told here; only its form is looked at, and the form is public.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

NO_CHECK, LUHN = "none", "luhn"
CHECKS: Final = (NO_CHECK, LUHN)
#: What can be wrong: fewer or more characters, characters of another kind, the check digit, the form besides.
TOO_SHORT, TOO_LONG, LETTERS, CHECK_DIGIT, FORM = "too_short", "too_long", "letters", "check_digit", "form"

MOST: Final = 32
# Bills print "№ 0356-067 000" or "л/с 0356067000"; keyboards and papers have many spaces and dashes.
_MARK: Final = re.compile(r"^\s*(?:(?:л/с|о/р)[\s:.]*)?[№#]*", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"[\s\u00ad\u200b-\u200d\u2060\ufeff\u2010-\u2015\u2212-]+")
# Letters that look alike in capitals; also those that only Ukrainian has.
LOOK_ALIKES: Final = str.maketrans("АВЕКМНОРСТУХІЈЅ", "ABEKMHOPCTYXIJS")


class NumberFormatError(Exception):
    """The number cannot be one of the provider's; ``hint`` is one of the words above."""

    def __init__(self, hint: str) -> None:
        self.hint = hint
        super().__init__(hint)


def read_number(text: str, pattern: str, check: str = NO_CHECK) -> str:
    """The number as the provider writes it. Raises NumberFormatError.

    >>> read_number("№ 0356-067 000", "[0-9]{10}")
    '0356067000'
    """
    number = _BETWEEN.sub("", _MARK.sub("", text))
    if has_letters(pattern):
        number = number.upper().translate(LOOK_ALIKES)
    if not re.fullmatch(pattern, number):
        raise NumberFormatError(_hint(number, pattern))
    if check == LUHN and not luhn_is_right(number):
        raise NumberFormatError(CHECK_DIGIT)
    return number


def has_letters(pattern: str) -> bool:
    """True if numbers of the pattern may have Latin capitals."""
    return re.search(r"(?<!\\)[A-Z]", pattern) is not None


def luhn_is_right(number: str) -> bool:
    """The check digit of ISO/IEC 7812: every second digit from the right is doubled, the digits sum to tens."""
    if not re.fullmatch("[0-9]+", number):
        return False
    doubled = (int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(number)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _hint(number: str, pattern: str) -> str:
    usual = "0-9A-Z" if has_letters(pattern) else "0-9"
    if not re.fullmatch(f"[{usual}]*", number):
        return LETTERS
    lengths = _lengths(pattern)
    if lengths and len(number) < min(lengths):
        return TOO_SHORT
    if lengths and len(number) > max(lengths):
        return TOO_LONG
    return FORM


@lru_cache(maxsize=64)
def _lengths(pattern: str) -> Sequence[int]:
    """How long numbers of the pattern are, found by trying; none where a pattern asks for more than characters of a
    kind."""
    return tuple(
        length
        for length in range(1, MOST + 1)
        if re.fullmatch(pattern, "0" * length) or re.fullmatch(pattern, "A" * length)
    )

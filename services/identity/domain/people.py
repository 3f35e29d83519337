"""What a profile may say of a person (ID-1, ID-5)."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Final

NAME_LENGTH: Final = 60
SEXES: Final = ("female", "male")
OLDEST: Final = 120  # years
# Besides letters of any alphabet with their marks: spaces, hyphens and apostrophes as keyboards and papers have them,
# and the point of an abbreviation.
_JOINTS: Final = frozenset(
    " -.'`\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}"
)


def clean_name(text: str) -> str:
    """As it was typed, without spaces around it, in one Unicode form."""
    return unicodedata.normalize("NFC", text).strip()


def is_name(text: str) -> bool:
    """True for a surname, name or patronymic: letters of any alphabet, at least one, and what joins them."""
    return (
        len(text) <= NAME_LENGTH
        and any(char.isalpha() for char in text)
        and all(char in _JOINTS or unicodedata.category(char)[0] in "LM" for char in text)
    )


def is_birth_date(day: date, today: date) -> bool:
    """True if somebody who is alive can have been born then."""
    return day <= today and (today.year - day.year) <= OLDEST

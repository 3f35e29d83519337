"""A person's own groups of accounts (ID-7)."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

#: Where an account goes if nobody said otherwise, in the person's language.
DEFAULT_GROUP: Final = {"ru": "Моя группа", "uk": "Моя група", "en": "My group"}
MAX_GROUPS: Final = 50
NAME_LENGTH: Final = 60


def clean_label(text: str) -> str:
    """A name that a person gives to a thing of their own: one Unicode form, single spaces, none around."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()


def same_label(one: str, other: str) -> bool:
    """Would a reader take them for the same name?"""
    return clean_label(one).casefold() == clean_label(other).casefold()

"""Words for people: one catalogue, in the languages of the cabinet (GW-6).

A folder a language, a file a topic: ``problems`` (titles by code), ``values`` (what the values of answers are called,
by table), ``bill`` and ``downloads`` (the words of forms and heads of tables). Every language has the same keys. What
is written to customers (NT-3) has templates of its own beside its service, filled with the words of ``values``.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

LANGUAGES: Final = ("ru", "uk", "en")
#: Where nobody said which one.
DEFAULT: Final = "en"
TOPICS: Final = ("problems", "values", "bill", "downloads")

_FOLDER: Final = Path(__file__).parent


@functools.cache
def words(language: str, topic: str) -> Mapping[str, Any]:
    """The words of a topic, those of ``values`` by table. A language that the cabinet does not have gets DEFAULT."""
    folder = _FOLDER / (language if language in LANGUAGES else DEFAULT)
    return tomllib.loads((folder / f"{topic}.toml").read_text(encoding="utf-8"))


def word(language: str, table: str, value: str) -> str:
    """What a value is called. One that the catalogue does not know, since enumerations are open, stands for itself."""
    found: str = words(language, "values")[table].get(value, value)
    return found


def problem_title(language: str, code: str) -> str:
    """A sentence for a code of ``contracts.errors``; that of ``internal_error`` for a code of a newer release."""
    titles: Mapping[str, str] = words(language, "problems")
    return titles.get(code) or titles["internal_error"]

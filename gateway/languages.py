"""The language of an answer's words, by what the caller's browser asks for (RFC 9110, 12.5.4)."""

from __future__ import annotations

import functools

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from contracts.wording import DEFAULT, LANGUAGES


@functools.lru_cache(maxsize=1024)
def best_language(accepted: str) -> str:
    """One of LANGUAGES for a header ``Accept-Language``; DEFAULT without one, or where none of its languages is had."""
    if not accepted:
        return DEFAULT
    return parse_accept_header(accepted[:256], LanguageAccept).best_match(LANGUAGES, DEFAULT) or DEFAULT

"""Texts of a request in the one form in which they are kept; what cannot be is told by field."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from contracts.faults import Fault, fault, validation_failed
from contracts.rpc.base import Email
from services.identity.adapters import phones
from services.identity.domain.groups import NAME_LENGTH, clean_label
from services.identity.domain.people import clean_name, is_name

NAME_FAULT = "A name has letters, spaces, hyphens and apostrophes, at most 60 of them."


def person_names(given: Mapping[str, str], *, required: bool = False) -> dict[str, str]:
    """Names by field, cleaned; an empty one only where none is required. Raises ``validation_failed`` for all of them
    at once."""
    cleaned = {field: clean_name(text) for field, text in given.items()}
    wrong = [field for field, name in cleaned.items() if not is_name(name) and (name or required)]
    if wrong:
        raise validation_failed(*(Fault(f"/{field}", "invalid_format", NAME_FAULT) for field in wrong))
    return cleaned


def label(field: str, text: str, most: int = NAME_LENGTH) -> str:
    """What a person calls a thing of their own: at least one character, single spaces."""
    cleaned = clean_label(text)
    if not cleaned:
        raise fault(field, "too_short", "At least one character.")
    if len(cleaned) > most:
        raise fault(field, "too_long", f"At most {most} characters.")
    return cleaned


def contact(field: str, text: str) -> str:
    """An e-mail address in lower case, or a phone in E.164. Raises ``validation_failed``, ``invalid_phone``."""
    text = text.strip().lower()
    if not text:
        raise fault(field, "too_short", "At least one character.")
    return email(field, text) if "@" in text else phones.normalise(text)


def email(field: str, text: str) -> str:
    """An e-mail address in lower case. Raises ``validation_failed``."""
    text = text.strip().lower()
    try:
        return msgspec.convert(text, Email)
    except msgspec.ValidationError as error:
        raise fault(field, "invalid_format", "Not an e-mail address.") from error

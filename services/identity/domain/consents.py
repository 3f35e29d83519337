"""What people consent to (ID-9): versioned documents, each with its own consent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

USER_AGREEMENT, PERSONAL_DATA, MAILING = "user_agreement", "personal_data", "mailing"
#: The documents that every deployment knows; profiles may add others.
DOCUMENTS: Final = (USER_AGREEMENT, PERSONAL_DATA, MAILING)

# What follows from taking a consent back, as codes that the client puts into words.
FOLLOWS: Final[dict[str, tuple[str, ...]]] = {
    PERSONAL_DATA: ("optional_data_erased", "contract_data_kept", "erasure_possible"),
    MAILING: ("mailing_ends",),
}


def missing(required: Iterable[tuple[str, str]], given: Iterable[tuple[str, str]]) -> list[str]:
    """Documents that are required in a version and were not consented to in that version; (document, version)."""
    have = set(given)
    return sorted({document for document, version in required if (document, version) not in have})

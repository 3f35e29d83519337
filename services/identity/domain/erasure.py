"""What stays when a person is erased (ID-9), as codes that the client puts into words."""

from __future__ import annotations

from typing import Final

#: Kept because law asks for it, by account or under an id that names nobody any more.
KEPT: Final = (
    "bills_by_account",
    "payments_and_receipts",
    "readings_by_account",
    "dates_of_consents",
    "audit_log",
)

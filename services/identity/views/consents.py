"""One's own consents (ID-9)."""

from __future__ import annotations

from typing import Any

from authorisation.subject import Subject
from chassis.transaction import Transaction
from services.identity.store import consents as kept_consents


def consents(tx: Transaction, subject: Subject) -> dict[str, Any]:
    """Every record, newest first: which text, when, from where, and whether it holds."""
    return {
        "consents": [
            {
                "document": row["document"],
                "version": row["version"],
                "state": row["state"],
                "given_at": row["given_at"].isoformat(),
                "given_from": row["given_from"],
                "revoked_at": row["revoked_at"].isoformat() if row["revoked_at"] else None,
            }
            for row in kept_consents.consents(tx, subject.require_person())
        ]
    }

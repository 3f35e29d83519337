"""All that is held on a person (ID-9)."""

from __future__ import annotations

from typing import Any

from authorisation.subject import Subject
from chassis.transaction import Transaction
from contracts.errors import CabinetError
from services.identity.store import people
from services.identity.store import personal_data as held


def personal_data(tx: Transaction, subject: Subject) -> dict[str, Any]:
    """Identity's own part, by tables."""
    if people.person(tx, subject.require_person()) is None:
        raise CabinetError("unauthenticated")
    return dict(held.shown(tx, subject.id))

"""One's own profile."""

from __future__ import annotations

from typing import Any

from chassis.subject import Subject
from chassis.transaction import Transaction
from contracts.errors import CabinetError
from services.identity.store import people


def me(tx: Transaction, subject: Subject) -> dict[str, Any]:
    """The person's own profile (ID-5)."""
    person = people.person(tx, subject.require_person())
    if person is None:
        raise CabinetError("unauthenticated")
    return {
        "person": str(person["id"]),
        "phone": person["phone"],
        "email": person["email"],
        "name": person["name"],
        "language": person["language"],
        "roles": list(person["roles"]),
    }

"""One's own profile."""

from __future__ import annotations

from typing import Any

from authorisation.subject import Subject
from chassis.transaction import Transaction
from contracts.errors import CabinetError
from services.identity.domain.contacts import shown
from services.identity.store import contact_changes, people


def me(tx: Transaction, subject: Subject) -> dict[str, Any]:
    """The person's own profile (ID-5); ``phone_change`` is a new phone that waits for its day."""
    person = people.person(tx, subject.require_person())
    if person is None:
        raise CabinetError("unauthenticated")
    change = contact_changes.shown(tx, str(person["id"]))
    return {
        "person": str(person["id"]),
        "phone": person["phone"],
        "email": person["email"],
        "surname": person["surname"],
        "name": person["name"],
        "patronymic": person["patronymic"],
        "birth_date": person["birth_date"].isoformat() if person["birth_date"] else None,
        "sex": person["sex"],
        "language": person["language"],
        "roles": list(person["roles"]),
        "phone_change": shown(change["new_contact"], change["takes_effect_at"]) if change else None,
    }

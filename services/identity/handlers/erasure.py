"""Erasing a person where law lets that be (ID-9)."""

from __future__ import annotations

from typing import Any

from chassis.house import Call
from contracts.errors import CabinetError
from contracts.events.identity import AccountUnlinked, PersonErased
from services.identity.domain.erasure import KEPT
from services.identity.domain.states import CONSENT, PERSON, SESSION, move
from services.identity.handlers.leaving import end_sharing
from services.identity.handlers.profile import myself
from services.identity.store import (
    codes,
    consents,
    contact_changes,
    people,
    personal_data,
    recoveries,
    registrations,
    sessions,
)


def erase(call: Call, checked_hash: str) -> dict[str, Any]:
    """Everything that names the person goes, here and by ``person_erased`` elsewhere; ``kept`` says, as codes, what law
    keeps. The addresses can be registered again. Raises ``staff_not_erased``."""
    person = myself(call, lock=True)
    if person["password_hash"] != checked_hash:
        raise CabinetError("password_wrong")
    if person["roles"]:
        raise CabinetError("staff_not_erased")
    person_id = call.subject.id
    contacts = [contact for contact in (person["phone"], person["email"]) if contact]
    end_sharing(call, person_id, contacts)
    for row in personal_data.erase_links(call.tx, person_id):
        call.tx.emit(
            AccountUnlinked(
                person=person_id, at=call.now, account=row["account"], access_version=row["version"]
            )
        )
    sessions.end_sessions(call.tx, person_id, move(SESSION, "open", "erased"))
    consents.end_all(call.tx, person_id, move(CONSENT, "given", "revoked"), call.now)
    registrations.forget_of(call.tx, person_id, contacts)
    recoveries.forget_of(call.tx, person_id, contacts)
    contact_changes.forget_of(call.tx, person_id)
    codes.forget_of(call.tx, [person_id], contacts)
    personal_data.erase(call.tx, person_id)
    people.erase_person(call.tx, person_id, move(PERSON, person["state"], "erased"), call.now)
    call.tx.emit(PersonErased(person=person_id, at=call.now))
    return {"erased": True, "kept": list(KEPT)}

"""Erasing a person where law lets that be (ID-9)."""

from __future__ import annotations

from typing import Any

from authorisation.contexts import RequestContext, ServiceContext
from authorisation.subject import Subject
from contracts.errors import CabinetError
from services.identity.domain.erasure import KEPT
from services.identity.domain.states import CONSENT, LINK, PERSON, SESSION
from services.identity.handlers.leaving import end_sharing
from services.identity.handlers.password_checks import check_own
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


def erase(service: ServiceContext, subject: Subject, password: str) -> dict[str, Any]:
    """Everything that names the person goes, here and by ``person_erased`` elsewhere; ``kept`` says, as codes, what law
    keeps. The addresses can be registered again. Raises ``password_wrong``, ``staff_not_erased``."""
    checked = check_own(service, subject, password)
    with service.begin(subject) as ctx:
        return _erase(ctx, checked)


def _erase(ctx: RequestContext, checked_hash: str) -> dict[str, Any]:
    person = myself(ctx, lock=True)
    if person["password_hash"] != checked_hash:
        raise CabinetError("password_wrong")
    if person["roles"]:
        raise CabinetError("staff_not_erased")
    person_id = ctx.subject.id
    contacts = [contact for contact in (person["phone"], person["email"]) if contact]
    end_sharing(ctx, person_id, contacts)
    for row in personal_data.erase_links(ctx.tx, person_id):
        edge = LINK.edge(row["state"], "unlinked")
        ctx.tx.emit(
            edge.tell(person=person_id, at=ctx.now, account=row["account"], access_version=row["version"])
        )
    sessions.end_sessions(ctx.tx, person_id, SESSION.move("open", "erased"))
    consents.end_all(ctx.tx, person_id, CONSENT.move("given", "revoked"), ctx.now)
    registrations.forget_of(ctx.tx, person_id, contacts)
    recoveries.forget_of(ctx.tx, person_id, contacts)
    contact_changes.forget_of(ctx.tx, person_id)
    codes.forget_of(ctx.tx, [person_id], contacts)
    personal_data.erase(ctx.tx, person_id)
    edge = PERSON.edge(person["state"], "erased")
    people.erase_person(ctx.tx, person_id, edge.state, ctx.now)
    ctx.tx.emit(edge.tell(person=person_id, at=ctx.now))
    return {"erased": True, "kept": list(KEPT)}

"""Recovery of a password by phone or e-mail (ID-4)."""

from __future__ import annotations

from typing import Any

from authorisation.contexts import RequestContext, ServiceContext
from authorisation.subject import Subject
from contracts.events.identity import PasswordChanged
from contracts.identifiers import new_id
from contracts.rpc.identity import recovery as rpc
from services.identity.adapters import phones, secrets
from services.identity.configuration import IdentityTools
from services.identity.domain.lives import RECOVERY_LIFE
from services.identity.domain.states import RECOVERY, SESSION
from services.identity.handlers.codes import check_code, issue_code, limit_sends, limit_tries
from services.identity.handlers.inputs import email
from services.identity.handlers.password_checks import require_rules
from services.identity.handlers.passwords import set_password
from services.identity.store import people, recoveries, sessions

PURPOSE = "recovery"
#: What is announced in place of a code where nobody has the address. Notifications sends nothing then.
DECOY = "decoy"
PAGE = "recovery"


def begin(ctx: RequestContext, tools: IdentityTools, request: rpc.RecoverRequest) -> dict[str, Any]:
    """A code goes to the address, by mail with a link. Answer and work are the same whether it is registered or not.
    Raises ``invalid_phone``, ``validation_failed``, ``too_many_requests``."""
    channel = "email" if "@" in request.login else "phone"
    contact = email("login", request.login) if channel == "email" else phones.normalise(request.login)
    limit_sends(ctx, channel, contact)
    recovery = new_id()
    person = people.person_by_login(ctx.tx, contact)
    recoveries.add_recovery(
        ctx.tx,
        recovery,
        person=None if person is None else str(person["id"]),
        channel=channel,
        contact=contact,
        at=ctx.now,
        expires_at=ctx.now + RECOVERY_LIFE,
    )
    issue_code(
        ctx,
        tools,
        purpose=PURPOSE,
        owner=recovery,
        channel=channel,
        address=contact,
        language=request.language if person is None else person["language"],
        instead=DECOY if person is None else "",
        page=PAGE if channel == "email" else "",
    )
    return {"recovery": recovery}


def confirm(service: ServiceContext, subject: Subject, request: rpc.RecoveredRequest) -> dict[str, Any]:
    """The new password counts, all sessions of the person end, all contacts are told. Refuses a wrong code; the try
    stays counted. Nobody is signed in by it: who has a second factor needs that still. Raises ``password_rules``,
    ``too_many_requests``."""
    require_rules(request.password)
    with service.begin(subject) as ctx:
        limit_tries(ctx)
    hashed = secrets.hash_password(request.password)
    with service.begin(subject) as ctx:
        return _confirm(ctx, str(request.recovery), request.code, hashed)


def _confirm(ctx: RequestContext, recovery: str, code: str, password_hash: str) -> dict[str, Any]:
    row = recoveries.recovery(ctx.tx, recovery)
    if row is None or row["state"] != "waiting":
        return ctx.refuse("code_wrong")
    if row["expires_at"] <= ctx.now:
        recoveries.set_recovery_state(ctx.tx, recovery, RECOVERY.move(row["state"], "expired"))
        return ctx.refuse("code_wrong")
    if check_code(ctx, recovery, PURPOSE, code) is None:
        return ctx.refuse("code_wrong")
    recoveries.set_recovery_state(ctx.tx, recovery, RECOVERY.move(row["state"], "confirmed"))
    person = people.person(ctx.tx, str(row["person"]), lock=True) if row["person"] else None
    # The address may have gone to somebody else, or the person may be gone, since the code was asked for.
    if person is None or person[row["channel"]] != row["contact"]:
        return ctx.refuse("code_wrong")
    person_id = str(person["id"])
    recoveries.replace_others(ctx.tx, person_id, recovery, RECOVERY.move("waiting", "replaced"))
    set_password(ctx, person_id, password_hash)
    sessions.end_sessions(ctx.tx, person_id, SESSION.move("open", "recovered"))
    ctx.tx.emit(PasswordChanged(person=person_id, at=ctx.now, recovered=True))
    return {"recovered": True}

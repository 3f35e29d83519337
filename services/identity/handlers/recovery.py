"""Recovery of a password by phone or e-mail (ID-4)."""

from __future__ import annotations

from typing import Any

from authorisation.contexts import RequestContext
from contracts.events.identity import PasswordChanged
from contracts.identifiers import new_id
from services.identity.configuration import IdentityTools
from services.identity.domain.lives import RECOVERY_LIFE
from services.identity.domain.states import RECOVERY, SESSION
from services.identity.handlers.codes import check_code, issue_code
from services.identity.handlers.passwords import set_password
from services.identity.store import people, recoveries, sessions

PURPOSE = "recovery"
#: What is announced in place of a code where nobody has the address. Notifications sends nothing then.
DECOY = "decoy"
PAGE = "recovery"


def begin_recovery(
    ctx: RequestContext, tools: IdentityTools, channel: str, contact: str, language: str
) -> dict[str, Any]:
    """A code goes to the address, by mail with a link. Answer and work are the same whether it is registered or not."""
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
        language=language if person is None else person["language"],
        instead=DECOY if person is None else "",
        page=PAGE if channel == "email" else "",
    )
    return {"recovery": recovery}


def confirm_recovery(ctx: RequestContext, recovery: str, code: str, password_hash: str) -> dict[str, Any]:
    """The new password counts, all sessions of the person end, all contacts are told. Refuses a wrong code; the try
    stays counted. Nobody is signed in by it: who has a second factor needs that still."""
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

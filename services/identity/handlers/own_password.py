"""A new password of one's own, for the old one (ID-5)."""

from __future__ import annotations

from typing import Any

from authorisation.contexts import RequestContext, ServiceContext
from authorisation.subject import Subject
from contracts.errors import CabinetError
from contracts.events.identity import PasswordChanged
from contracts.rpc.identity import profile as rpc
from services.identity.adapters import secrets
from services.identity.domain.states import SESSION
from services.identity.handlers.password_checks import check_own, require_rules
from services.identity.handlers.passwords import set_password
from services.identity.handlers.profile import myself
from services.identity.store import sessions


def change(service: ServiceContext, subject: Subject, request: rpc.PasswordRequest) -> dict[str, Any]:
    """Other sessions end. Raises ``password_rules``, ``password_wrong``, ``too_many_requests``."""
    require_rules(request.new)
    checked = check_own(service, subject, request.old)
    hashed = secrets.hash_password(request.new)
    with service.begin(subject) as ctx:
        return _change(ctx, checked, hashed)


def _change(ctx: RequestContext, checked_hash: str, new_hash: str) -> dict[str, Any]:
    person = myself(ctx, lock=True)
    if person["password_hash"] != checked_hash:
        # Changed by somebody else while the hashes were made.
        raise CabinetError("password_wrong")
    set_password(ctx, ctx.subject.id, new_hash)
    ended = sessions.end_sessions(
        ctx.tx, ctx.subject.id, SESSION.move("open", "password_changed"), but=ctx.subject.session
    )
    ctx.tx.emit(PasswordChanged(person=ctx.subject.id, at=ctx.now))
    return {"changed": True, "sessions_ended": len(ended)}

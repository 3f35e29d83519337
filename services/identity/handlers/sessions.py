"""Sessions: short-lived access tokens, refresh tokens that are used once (ID-3)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from chassis.house import Call
from contracts.identifiers import new_id
from services.identity.adapters import secrets
from services.identity.configuration import IdentityTools
from services.identity.domain.states import SESSION, move
from services.identity.store import sessions as kept_sessions

SESSION_LIFE = timedelta(days=60)


def open_session(call: Call, tools: IdentityTools, person: str, roles: list[str]) -> dict[str, Any]:
    """A new session with its first pair of tokens."""
    session = new_id()
    secret = tools.tokens.new_refresh(session)
    kept_sessions.add_session(
        call.tx, session, person, secrets.digest(secret, session), call.now, SESSION_LIFE
    )
    return _tokens(tools, person, session, secret, roles)


def refresh(call: Call, tools: IdentityTools, token: str) -> dict[str, Any] | None:
    """The next pair. A token used a second time ends its session: one of its two holders stole it."""
    session, _, secret = token.partition(".")
    try:
        row = kept_sessions.session(call.tx, str(uuid.UUID(session)))
    except ValueError:
        row = None
    if row is None or row["state"] != "open":
        return call.refuse("session_ended")
    if row["expires_at"] <= call.now:
        kept_sessions.end_session(call.tx, session, move(SESSION, row["state"], "expired"))
        return call.refuse("session_ended")
    if not tools.tokens.issued_refresh(session, secret):
        # Never ours: knowing a session's id is not enough to end it.
        return call.refuse("session_ended")
    if not secrets.same(row["refresh_hash"], secrets.digest(secret, session)):
        kept_sessions.end_session(call.tx, session, move(SESSION, row["state"], "reused"))
        return call.refuse("session_ended")
    fresh = tools.tokens.new_refresh(session)
    kept_sessions.rotate_session(call.tx, session, secrets.digest(fresh, session), call.now)
    return _tokens(tools, str(row["person"]), session, fresh, list(row["roles"]))


def sign_out(call: Call) -> dict[str, Any]:
    """End the session of the access token."""
    row = kept_sessions.session(call.tx, call.subject.session)
    if row is not None and row["state"] == "open":
        kept_sessions.end_session(call.tx, call.subject.session, move(SESSION, row["state"], "signed_out"))
    return {"signed_out": True}


def _tokens(tools: IdentityTools, person: str, session: str, secret: str, roles: list[str]) -> dict[str, Any]:
    return {
        "person": person,
        "access_token": tools.tokens.issue(person, session, roles),
        "token_type": "Bearer",
        "expires_in": secrets.ACCESS_LIFE,
        "refresh_token": f"{session}.{secret}",
        "roles": roles,
    }

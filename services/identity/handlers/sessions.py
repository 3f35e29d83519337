"""Sessions: short-lived access tokens, refresh tokens that are used once (ID-3)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from chassis.house import Call
from contracts.errors import CabinetError
from contracts.identifiers import new_id
from services.identity.adapters import secrets
from services.identity.configuration import IdentityTools
from services.identity.domain.devices import device_label, network_of
from services.identity.domain.second_factor import roles_in_token, standing
from services.identity.domain.states import SESSION, move
from services.identity.handlers import second_factor as factors
from services.identity.store import second_factors
from services.identity.store import sessions as kept_sessions

SESSION_LIFE = timedelta(days=60)


def enter(call: Call, tools: IdentityTools, person: Mapping[str, Any], device: str = "") -> dict[str, Any]:
    """Whoever has shown a first factor (a row of the table person): tokens, or a challenge for the second factor.

    Every way into the cabinet of somebody who is registered comes through here. Raises ``credentials_wrong`` for a
    member of staff who was disabled.
    """
    if person["disabled_at"] is not None:
        raise CabinetError("credentials_wrong")
    if second_factors.is_confirmed(call.tx, str(person["id"])):
        return factors.challenge(call, tools, str(person["id"]))
    return open_session(call, tools, str(person["id"]), list(person["roles"]), device)


def open_session(
    call: Call,
    tools: IdentityTools,
    person: str,
    roles: list[str],
    device: str = "",
    *,
    second_factor: bool = False,
) -> dict[str, Any]:
    """A new session with its first pair of tokens. ``device`` is a User-Agent; roles come into the tokens only with
    the second factor."""
    session = new_id()
    secret = tools.tokens.new_refresh(session)
    kept_sessions.add_session(
        call.tx,
        session,
        person,
        secrets.digest(secret, session),
        call.now,
        SESSION_LIFE,
        device=device_label(device),
        network=network_of(call.context.client),
        second_factor=second_factor,
    )
    return _tokens(tools, person, session, secret, roles, second_factor)


def refresh(call: Call, tools: IdentityTools, token: str, device: str = "") -> dict[str, Any] | None:
    """The next pair. A token used a second time ends its session: one of its two holders stole it.

    That holds also for a client that asks again because the answer was lost: a thief's request looks the same, and
    signing in again costs an honest client less than a stolen session would.
    """
    session, _, secret = token.partition(".")
    try:
        session = str(uuid.UUID(session))
        row = kept_sessions.session(call.tx, session)
    except ValueError:
        row = None
    if row is None or row["state"] != "open":
        return call.refuse("session_ended")
    person = str(row["person"])
    if row["expires_at"] <= call.now:
        end_sessions(call, person, "expired", only=session)
        return call.refuse("session_ended")
    if not tools.tokens.issued_refresh(session, secret):
        # Never ours: knowing a session's id is not enough to end it.
        return call.refuse("session_ended")
    if not secrets.same(row["refresh_hash"], secrets.digest(secret, session)):
        end_sessions(call, person, "reused", only=session)
        return call.refuse("session_ended", ended=[session])
    fresh = tools.tokens.new_refresh(session)
    kept_sessions.rotate_session(
        call.tx,
        session,
        secrets.digest(fresh, session),
        call.now,
        device_label(device),
        network_of(call.context.client),
    )
    return _tokens(tools, person, session, fresh, list(row["roles"]), row["second_factor"])


def end_sessions(
    call: Call, person: str, event: str, *, only: str | None = None, but: str | None = None
) -> list[str]:
    """End a person's open sessions (all, one, or all but one) by an event of the table SESSION; their ids.

    Gateways refuse the access tokens of these within seconds.
    """
    return kept_sessions.end_sessions(call.tx, person, move(SESSION, "open", event), only=only, but=but)


def sign_out(call: Call, session: str | None = None) -> dict[str, Any]:
    """End one session of the person, by default that of the access token. Raises ``not_found`` for another's, or one
    that has ended; this one may be ended twice."""
    ended = end_sessions(
        call, call.subject.require_person(), "signed_out", only=session or call.subject.session
    )
    if session is not None and not ended:
        raise CabinetError("not_found")
    return {"signed_out": True, "ended": ended}


def sign_out_everywhere(call: Call, others_only: bool) -> dict[str, Any]:
    """End all sessions of the person, or all but this one."""
    person = call.subject.require_person()
    but = call.subject.session if others_only else None
    return {"signed_out": True, "ended": end_sessions(call, person, "signed_out", but=but)}


def _tokens(
    tools: IdentityTools, person: str, session: str, secret: str, roles: list[str], confirmed: bool
) -> dict[str, Any]:
    may = roles_in_token(roles, confirmed)
    return {
        "person": person,
        "access_token": tools.tokens.issue(person, session, may),
        "token_type": "Bearer",
        "expires_in": secrets.ACCESS_LIFE,
        "refresh_token": f"{session}.{secret}",
        "roles": may,
        "second_factor": standing(roles, confirmed),
    }

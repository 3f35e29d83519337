"""Sessions: short-lived access tokens, refresh tokens that are used once (ID-3)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from contracts.identifiers import new_id
from services.identity.adapters import secrets
from services.identity.configuration import IdentityTools
from services.identity.domain.devices import device_label, network_of
from services.identity.domain.lives import ACCESS_LIFE, LOST_ANSWER, SESSION_LIFE
from services.identity.domain.second_factor import roles_in_token, state_of
from services.identity.domain.states import SESSION
from services.identity.handlers import second_factor as factors
from services.identity.store import people, second_factors
from services.identity.store import sessions as kept_sessions


def enter(
    ctx: RequestContext, tools: IdentityTools, person: Mapping[str, Any], device: str = ""
) -> dict[str, Any]:
    """Whoever has shown a first factor (a row of the table person): tokens, or a challenge for the second factor.

    Every way into the cabinet of somebody who is registered comes through here. The row was read before the password
    was compared, which takes long: under the person's lock it is looked at again. Raises ``credentials_wrong`` where
    the password changed meanwhile, and for a member of staff who was disabled.
    """
    now = people.person(ctx.tx, str(person["id"]), lock=True)
    if now is None or now["disabled_at"] is not None:
        raise CabinetError("credentials_wrong")
    if not secrets.same(now["password_hash"], person["password_hash"]):
        raise CabinetError("credentials_wrong")
    if second_factors.is_confirmed(ctx.tx, str(now["id"])):
        return factors.challenge(ctx, tools, str(now["id"]))
    return {"kind": "tokens", **open_session(ctx, tools, str(now["id"]), list(now["roles"]), device)}


def open_session(
    ctx: RequestContext,
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
        ctx.tx,
        session,
        person,
        secrets.digest(secret, session),
        ctx.now,
        SESSION_LIFE,
        device=device_label(device),
        network=network_of(ctx.context.client),
        second_factor=second_factor,
    )
    return _tokens(tools, person, session, secret, roles, second_factor)


def refresh(ctx: RequestContext, tools: IdentityTools, token: str, device: str = "") -> dict[str, Any]:
    """The next pair. A token used a second time ends its session: one of its two holders stole it.

    But answers get lost on the way (a train enters a tunnel), and whoever asks again at once did nothing wrong: within
    ``LOST_ANSWER`` the same token gets the same successor, as long as that one was not used itself. Successors are
    derived from the token, so that nothing more is stored (RFC 9700, 4.14.2, leaves such grace to the server).
    """
    session, _, secret = token.partition(".")
    try:
        session = str(uuid.UUID(session))
        row = kept_sessions.session(ctx.tx, session)
    except ValueError:
        row = None
    if row is None or row["state"] != "open":
        return ctx.refuse("session_ended")
    person = str(row["person"])
    if row["expires_at"] <= ctx.now:
        end_sessions(ctx, person, "expired", only=session)
        return ctx.refuse("session_ended")
    if not tools.tokens.issued_refresh(session, secret):
        # Never ours: knowing a session's id is not enough to end it.
        return ctx.refuse("session_ended")
    fresh = tools.tokens.next_refresh(session, secret)
    if secrets.same(row["refresh_hash"], secrets.digest(secret, session)):
        kept_sessions.rotate_session(
            ctx.tx,
            session,
            secrets.digest(fresh, session),
            ctx.now,
            device_label(device),
            network_of(ctx.context.client),
        )
    elif not (
        secrets.same(row["refresh_hash"], secrets.digest(fresh, session))
        and ctx.now - row["used_at"] <= LOST_ANSWER
    ):
        end_sessions(ctx, person, "reused", only=session)
        return ctx.refuse("session_ended", ended=[session])
    return _tokens(tools, person, session, fresh, list(row["roles"]), row["second_factor"])


def end_sessions(
    ctx: RequestContext, person: str, event: str, *, only: str | None = None, but: str | None = None
) -> list[str]:
    """End a person's open sessions (all, one, or all but one) by an event of the table SESSION; their ids.

    Gateways refuse the access tokens of these within seconds.
    """
    return kept_sessions.end_sessions(ctx.tx, person, SESSION.move("open", event), only=only, but=but)


def sign_out(ctx: RequestContext, session: str | None = None) -> dict[str, Any]:
    """End one session of the person, by default that of the access token. Raises ``not_found`` for another's, or one
    that has ended; this one may be ended twice."""
    ended = end_sessions(ctx, ctx.subject.require_person(), "signed_out", only=session or ctx.subject.session)
    if session is not None and not ended:
        raise CabinetError("not_found")
    return {"signed_out": True, "ended": ended}


def sign_out_everywhere(ctx: RequestContext, others_only: bool) -> dict[str, Any]:
    """End all sessions of the person, or all but this one."""
    person = ctx.subject.require_person()
    but = ctx.subject.session if others_only else None
    return {"signed_out": True, "ended": end_sessions(ctx, person, "signed_out", but=but)}


def _tokens(
    tools: IdentityTools, person: str, session: str, secret: str, roles: list[str], confirmed: bool
) -> dict[str, Any]:
    may = roles_in_token(roles, confirmed)
    return {
        "person": person,
        "access_token": tools.tokens.issue(person, session, may, ACCESS_LIFE),
        "token_type": "Bearer",
        "expires_in": int(ACCESS_LIFE.total_seconds()),
        "refresh_token": f"{session}.{secret}",
        "roles": may,
        "second_factor": state_of(roles, confirmed),
    }

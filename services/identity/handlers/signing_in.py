"""Signing in by phone or e-mail, and password (ID-3)."""

from __future__ import annotations

from typing import Any

from authorisation.contexts import RequestContext, ServiceContext
from authorisation.subject import Subject
from contracts.errors import CabinetError
from contracts.rpc.identity import second_factor as factor_rpc
from contracts.rpc.identity import sessions as rpc
from services.identity.adapters import phones, secrets
from services.identity.configuration import IdentityTools
from services.identity.domain.devices import network_of
from services.identity.domain.lives import KNOWN_FOR
from services.identity.handlers import limits, second_factor, sessions
from services.identity.store import people
from services.identity.store import sessions as kept_sessions


def sign_in(
    service: ServiceContext, tools: IdentityTools, subject: Subject, request: rpc.SignInRequest
) -> dict[str, Any]:
    """Tokens, or a challenge for the second factor (ID-10). The password is compared outside any transaction, and as
    long for an address that nobody has. Raises ``credentials_wrong``, ``too_many_requests``."""
    login = _login(request.login)
    with service.begin(subject) as ctx:
        _count_try(ctx, login)
        person = people.person_by_login(ctx.tx, login)
    matches = secrets.password_matches(person["password_hash"] if person else None, request.password)
    if not matches or person is None:
        raise CabinetError("credentials_wrong")
    with service.begin(subject) as ctx:
        return sessions.enter(ctx, tools, person, request.device)


def answer_challenge(
    ctx: RequestContext, tools: IdentityTools, request: factor_rpc.AnswerRequest
) -> dict[str, Any]:
    """The second step: tokens that carry the person's roles. Refuses a wrong code; the try stays counted."""
    found = second_factor.answer_challenge(ctx, tools, request.challenge, request.code)
    if found is None:
        return ctx.refuse("code_wrong")
    person, roles = str(found["person"]), list(found["roles"])
    return sessions.open_session(ctx, tools, person, roles, request.device, second_factor=True)


def _login(text: str) -> str:
    """In the form in which it is kept; empty where nobody can have it, so that the answer does not tell."""
    login = text.strip().lower()
    if "@" in login:
        return login
    try:
        return phones.normalise(login)
    except CabinetError:
        return ""


def _count_try(ctx: RequestContext, login: str) -> None:
    """A stranger's tries keep nobody out of a network that the person signs in from."""
    client = ctx.context.client
    known = kept_sessions.used_from(ctx.tx, login, network_of(client), ctx.now - KNOWN_FOR)
    limits.limit(
        ctx,
        ("sign_in_here", f"{login}|{client}"),
        ("sign_in_client", client),
        ("sign_in", "" if known else login),
    )

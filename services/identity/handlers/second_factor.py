"""The second factor: challenges of a sign-in, enrolment, removal (ID-10)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from authorisation.contexts import RequestContext, ServiceContext
from authorisation.subject import Subject
from contracts.errors import CabinetError
from contracts.identifiers import new_id
from contracts.rpc.identity import second_factor as rpc
from services.identity.adapters import one_time_passwords, secrets
from services.identity.configuration import IdentityTools
from services.identity.domain.lives import CHALLENGE_LIFE
from services.identity.domain.second_factor import CHALLENGE_TRIES, plain_recovery_code, steps_to_try
from services.identity.domain.states import CHALLENGE
from services.identity.handlers.limits import limit
from services.identity.handlers.password_checks import check_own
from services.identity.store import people, second_factors
from services.identity.store import sessions as kept_sessions


def challenge(ctx: RequestContext, tools: IdentityTools, person: str) -> dict[str, Any]:
    """The password was right: what must come with the code. It lives in real time, as the codes do."""
    challenge_id, secret, now = new_id(), secrets.new_secret(), tools.real.now()
    second_factors.add_challenge(
        ctx.tx, challenge_id, person, secrets.digest(secret, challenge_id), now, now + CHALLENGE_LIFE
    )
    return {
        "kind": "challenge",
        "challenge": f"{challenge_id}.{secret}",
        "expires_in": int(CHALLENGE_LIFE.total_seconds()),
    }


def answer_challenge(
    ctx: RequestContext, tools: IdentityTools, token: str, code: str
) -> Mapping[str, Any] | None:
    """The challenge's row (person, roles) if the code is right, which uses it up; else None, and the try is counted
    (to be committed by the caller). Raises ``too_many_requests``."""
    row = _waiting(ctx, tools, token)
    if row is None or row["disabled_at"] is not None:
        return None
    challenge_id, tries = str(row["id"]), row["tries"] + 1
    _count_try(ctx, str(row["person"]), row["password_hash"])
    if _use_code(ctx, tools, str(row["person"]), code):
        second_factors.set_challenge(ctx.tx, challenge_id, CHALLENGE.move(row["state"], "used"), tries)
        return row
    state = CHALLENGE.move(row["state"], "exhausted") if tries >= CHALLENGE_TRIES else row["state"]
    second_factors.set_challenge(ctx.tx, challenge_id, state, tries)
    return None


def enrol(
    service: ServiceContext, tools: IdentityTools, subject: Subject, request: rpc.EnrolRequest
) -> dict[str, Any]:
    """A secret for an authenticator app, for the password; it counts once confirmed with a code. Whoever has a second
    factor already shows it. Raises ``password_wrong``, ``second_factor_needed``; refuses a wrong code."""
    check_own(service, subject, request.password)
    with service.begin(subject) as ctx:
        return _enrol(ctx, tools, request.code)


def _enrol(ctx: RequestContext, tools: IdentityTools, code: str) -> dict[str, Any]:
    person = _myself(ctx)
    if second_factors.is_confirmed(ctx.tx, str(person["id"])):
        if not code:
            raise CabinetError("second_factor_needed")
        _count_try(ctx, str(person["id"]), person["password_hash"])
        if not _use_code(ctx, tools, str(person["id"]), code):
            return ctx.refuse("code_wrong")
    secret = one_time_passwords.new_secret()
    second_factors.offer(ctx.tx, str(person["id"]), tools.seal.close(secret))
    account = person["email"] or person["phone"]
    return {"secret": secret, "uri": one_time_passwords.otpauth_uri(secret, account)}


def confirm(ctx: RequestContext, tools: IdentityTools, code: str) -> dict[str, Any]:
    """The app has the secret: from now on it is needed. The answer has the recovery codes, told this once; this
    session's next tokens carry the person's roles."""
    person = _myself(ctx)
    person_id = str(person["id"])
    _count_try(ctx, person_id, person["password_hash"])
    row = second_factors.second_factor(ctx.tx, person_id)
    if row is None or row["waiting"] is None:
        return ctx.refuse("code_wrong")
    steps = steps_to_try(tools.real.now().timestamp(), 0)
    step = one_time_passwords.matching_step(tools.seal.open(row["waiting"]), code, steps)
    if step is None:
        return ctx.refuse("code_wrong")
    codes = one_time_passwords.new_recovery_codes()
    digests = [secrets.digest(plain_recovery_code(item), person_id) for item in codes]
    second_factors.confirm(ctx.tx, person_id, row["waiting"], step, ctx.now, digests)
    kept_sessions.confirm_session(ctx.tx, ctx.subject.session)
    return {"confirmed": True, "recovery_codes": codes}


def remove(ctx: RequestContext, tools: IdentityTools, code: str) -> dict[str, Any]:
    """Without a second factor again. Not for staff: an administrator resets theirs."""
    person = _myself(ctx)
    if person["roles"]:
        raise CabinetError("forbidden")
    _count_try(ctx, str(person["id"]), person["password_hash"])
    if not _use_code(ctx, tools, str(person["id"]), code):
        return ctx.refuse("code_wrong")
    second_factors.remove(ctx.tx, str(person["id"]))
    return {"removed": True}


def _count_try(ctx: RequestContext, person: str, password_hash: str) -> None:
    """Whoever tries codes has the password; a new password gives its owner a fresh count."""
    limit(ctx, ("second_factor", f"{person}/{secrets.digest(password_hash, person)[:16]}"))


def _use_code(ctx: RequestContext, tools: IdentityTools, person: str, code: str) -> bool:
    """A code of the app or a recovery code, each good once."""
    row = second_factors.second_factor(ctx.tx, person)
    if row is None or row["sealed"] is None:
        return False
    steps = steps_to_try(tools.real.now().timestamp(), row["last_step"])
    step = one_time_passwords.matching_step(tools.seal.open(row["sealed"]), code, steps)
    if step is not None:
        second_factors.use_step(ctx.tx, person, step)
        return True
    recovery = secrets.digest(plain_recovery_code(code), person)
    return second_factors.use_recovery_code(ctx.tx, person, recovery, ctx.now)


def _waiting(ctx: RequestContext, tools: IdentityTools, token: str) -> Any:
    """The row of a challenge that can be answered, locked, or None. One that is over is marked as such."""
    challenge_id, _, secret = token.partition(".")
    try:
        challenge_id = str(uuid.UUID(challenge_id))
    except ValueError:
        return None
    # The person first, as whoever changes the password does: what ends the challenge comes before or after this.
    owner = second_factors.person_of_challenge(ctx.tx, challenge_id)
    if owner is None or people.person(ctx.tx, owner, lock=True) is None:
        return None
    row = second_factors.challenge(ctx.tx, challenge_id)
    if row is None or row["state"] != "issued":
        return None
    if not secrets.same(row["secret_hash"], secrets.digest(secret, str(row["id"]))):
        return None
    if row["expires_at"] <= tools.real.now():
        state = CHALLENGE.move(row["state"], "expired")
        second_factors.set_challenge(ctx.tx, str(row["id"]), state, row["tries"])
        return None
    return row


def _myself(ctx: RequestContext) -> Any:
    person = people.person(ctx.tx, ctx.subject.require_person())
    if person is None:
        raise CabinetError("unauthenticated")
    return person

"""Members of staff: invited, given roles, disabled by an administrator (ID-10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from authorisation.contexts import RequestContext, ServiceContext
from authorisation.subject import Subject
from contracts.errors import CabinetError
from contracts.identifiers import new_id
from contracts.rpc.identity import staff as rpc
from services.identity.adapters import secrets
from services.identity.configuration import IdentityTools
from services.identity.domain.lives import INVITATION_LIFE
from services.identity.handlers.codes import check_link, issue_link, limit_sends, limit_tries, owner_of_link
from services.identity.handlers.password_checks import require_rules
from services.identity.handlers.passwords import set_password
from services.identity.handlers.sessions import end_sessions
from services.identity.store import people, second_factors
from services.identity.store import staff as kept_staff

ADMINISTRATOR = "administrator"
INVITATION = "staff_invitation"
PAGE = "invitation"


def add_member(
    service: ServiceContext, tools: IdentityTools, subject: Subject, request: rpc.NewMemberRequest
) -> dict[str, Any]:
    """A new member, with a password that nobody knows until the invitation in the mail is taken up.

    Raises ``contact_taken`` for an address that somebody signs in with.
    """
    subject.require_role(ADMINISTRATOR)
    nobody_knows = secrets.hash_password(secrets.new_secret())
    with service.begin(subject) as ctx:
        return _add(ctx, tools, nobody_knows, request)


def _add(
    ctx: RequestContext, tools: IdentityTools, password_hash: str, request: rpc.NewMemberRequest
) -> dict[str, Any]:
    person, email = new_id(), request.email.strip().lower()
    if not people.add_person(
        ctx.tx,
        person,
        phone=None,
        email=email,
        password_hash=password_hash,
        language=request.language,
        at=ctx.now,
        roles=sorted(set(request.roles)),
        name=request.name.strip(),
    ):
        raise CabinetError("contact_taken")
    _invite(ctx, tools, person, email, request.language)
    return {"person": person, "invited": True}


def invite_again(ctx: RequestContext, tools: IdentityTools, person: str) -> dict[str, Any]:
    """Another invitation; the one before is good no more."""
    ctx.subject.require_role(ADMINISTRATOR)
    row = _member(ctx, person)
    _invite(ctx, tools, person, row["email"], row["language"])
    return {"person": person, "invited": True}


def accept_invitation(
    service: ServiceContext, subject: Subject, request: rpc.InvitationRequest
) -> dict[str, Any]:
    """The member's own password. Signing in, and the second factor, come after. Refuses a link that is not good.
    Raises ``password_rules``."""
    require_rules(request.password)
    hashed = secrets.hash_password(request.password)
    with service.begin(subject) as ctx:
        return _accept(ctx, request.token, hashed)


def _accept(ctx: RequestContext, token: str, password_hash: str) -> dict[str, Any]:
    limit_tries(ctx)
    owner = owner_of_link(ctx, token, INVITATION)
    row = None if owner is None else kept_staff.member(ctx.tx, owner)
    if row is None or row["disabled_at"] is not None or check_link(ctx, token, INVITATION) is None:
        return ctx.refuse("link_wrong")
    set_password(ctx, row["id"], password_hash)
    end_sessions(ctx, row["id"], "password_changed")
    return {"accepted": True}


def change_roles(ctx: RequestContext, person: str, roles: Sequence[str]) -> dict[str, Any]:
    """What a member may do from now on; the sessions end, and with them tokens that carry the old roles.

    Raises ``last_administrator``.
    """
    ctx.subject.require_role(ADMINISTRATOR)
    administrators = kept_staff.lock_administrators(ctx.tx)
    _member(ctx, person)
    if ADMINISTRATOR not in roles:
        _must_not_be_last(administrators, person)
    kept_staff.set_roles(ctx.tx, person, sorted(set(roles)))
    return {"person": person, "ended": end_sessions(ctx, person, "staff_changed")}


def set_disabled(ctx: RequestContext, person: str, disabled: bool) -> dict[str, Any]:
    """A member who is disabled cannot sign in. Raises ``last_administrator``."""
    ctx.subject.require_role(ADMINISTRATOR)
    administrators = kept_staff.lock_administrators(ctx.tx)
    _member(ctx, person)
    if disabled:
        _must_not_be_last(administrators, person)
    kept_staff.set_disabled(ctx.tx, person, ctx.now if disabled else None)
    return {"person": person, "ended": end_sessions(ctx, person, "staff_changed")}


def reset_second_factor(ctx: RequestContext, person: str) -> dict[str, Any]:
    """For a member who has lost it: the next sign-in enrols another. Not one's own."""
    ctx.subject.require_role(ADMINISTRATOR)
    if person == ctx.subject.id:
        raise CabinetError("forbidden")
    _member(ctx, person)
    second_factors.remove(ctx.tx, person)
    return {"person": person, "ended": end_sessions(ctx, person, "staff_changed")}


def _invite(ctx: RequestContext, tools: IdentityTools, person: str, email: str, language: str) -> None:
    limit_sends(ctx, "email", email)
    issue_link(
        ctx,
        tools,
        purpose=INVITATION,
        owner=person,
        channel="email",
        address=email,
        language=language,
        page=PAGE,
        life=INVITATION_LIFE,
    )


def _member(ctx: RequestContext, person: str) -> Any:
    row = kept_staff.member(ctx.tx, person)
    if row is None:
        raise CabinetError("not_found")
    return row


def _must_not_be_last(administrators: list[str], person: str) -> None:
    if administrators == [person]:
        raise CabinetError("last_administrator")

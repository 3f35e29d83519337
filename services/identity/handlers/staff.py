"""Members of staff: invited, given roles, disabled by an administrator (ID-10)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from chassis.house import Call
from contracts.errors import CabinetError
from contracts.identifiers import new_id
from contracts.rpc.identity import staff as rpc
from services.identity.configuration import IdentityTools
from services.identity.handlers.codes import check_link, issue_link, limit_sends, limit_tries, owner_of_link
from services.identity.handlers.passwords import set_password
from services.identity.handlers.sessions import end_sessions
from services.identity.store import people, second_factors
from services.identity.store import staff as kept_staff

ADMINISTRATOR = "administrator"
INVITATION = "staff_invitation"
INVITATION_LIFE = timedelta(hours=24)
PAGE = "invitation"


def add_member(
    call: Call, tools: IdentityTools, password_hash: str, request: rpc.NewMemberRequest
) -> dict[str, Any]:
    """A new member, with a password that nobody knows until the invitation in the mail is taken up.

    Raises ``contact_taken`` for an address that somebody signs in with.
    """
    call.subject.require_role(ADMINISTRATOR)
    person, email = new_id(), request.email.strip().lower()
    if not people.add_person(
        call.tx,
        person,
        phone=None,
        email=email,
        password_hash=password_hash,
        language=request.language,
        at=call.now,
        roles=sorted(set(request.roles)),
        name=request.name.strip(),
    ):
        raise CabinetError("contact_taken")
    _invite(call, tools, person, email, request.language)
    return {"person": person, "invited": True}


def invite_again(call: Call, tools: IdentityTools, person: str) -> dict[str, Any]:
    """Another invitation; the one before is good no more."""
    call.subject.require_role(ADMINISTRATOR)
    row = _member(call, person)
    _invite(call, tools, person, row["email"], row["language"])
    return {"person": person, "invited": True}


def accept_invitation(call: Call, token: str, password_hash: str) -> dict[str, Any]:
    """The member's own password. Signing in, and the second factor, come after. Refuses a link that is not good."""
    limit_tries(call)
    owner = owner_of_link(call, token, INVITATION)
    row = None if owner is None else kept_staff.member(call.tx, owner)
    if row is None or row["disabled_at"] is not None or check_link(call, token, INVITATION) is None:
        return call.refuse("link_wrong")
    set_password(call, row["id"], password_hash)
    end_sessions(call, row["id"], "password_changed")
    return {"accepted": True}


def change_roles(call: Call, person: str, roles: Sequence[str]) -> dict[str, Any]:
    """What a member may do from now on; the sessions end, and with them tokens that carry the old roles.

    Raises ``last_administrator``.
    """
    call.subject.require_role(ADMINISTRATOR)
    administrators = kept_staff.lock_administrators(call.tx)
    _member(call, person)
    if ADMINISTRATOR not in roles:
        _must_not_be_last(administrators, person)
    kept_staff.set_roles(call.tx, person, sorted(set(roles)))
    return {"person": person, "ended": end_sessions(call, person, "staff_changed")}


def set_disabled(call: Call, person: str, disabled: bool) -> dict[str, Any]:
    """A member who is disabled cannot sign in. Raises ``last_administrator``."""
    call.subject.require_role(ADMINISTRATOR)
    administrators = kept_staff.lock_administrators(call.tx)
    _member(call, person)
    if disabled:
        _must_not_be_last(administrators, person)
    kept_staff.set_disabled(call.tx, person, call.now if disabled else None)
    return {"person": person, "ended": end_sessions(call, person, "staff_changed")}


def reset_second_factor(call: Call, person: str) -> dict[str, Any]:
    """For a member who has lost it: the next sign-in enrols another. Not one's own."""
    call.subject.require_role(ADMINISTRATOR)
    if person == call.subject.id:
        raise CabinetError("forbidden")
    _member(call, person)
    second_factors.remove(call.tx, person)
    return {"person": person, "ended": end_sessions(call, person, "staff_changed")}


def _invite(call: Call, tools: IdentityTools, person: str, email: str, language: str) -> None:
    limit_sends(call, "email", email)
    issue_link(
        call,
        tools,
        purpose=INVITATION,
        owner=person,
        channel="email",
        address=email,
        language=language,
        page=PAGE,
        life=INVITATION_LIFE,
    )


def _member(call: Call, person: str) -> Any:
    row = kept_staff.member(call.tx, person)
    if row is None:
        raise CabinetError("not_found")
    return row


def _must_not_be_last(administrators: list[str], person: str) -> None:
    if administrators == [person]:
        raise CabinetError("last_administrator")

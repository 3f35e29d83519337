"""Members of staff: invited, given roles, disabled (ID-10)."""

from __future__ import annotations

from typing import Any

from contracts.rpc.identity.staff import InvitationAccepted, StaffInvited, StaffMemberChanged, StaffMembers
from gateway.models.base import LongPageQuery
from gateway.models.staff_people import (
    NewStaffMember,
    StaffDisabling,
    StaffInvitation,
    StaffRoles,
)
from gateway.operations import ANYONE, HttpCall, operation, staff

ADMINISTRATORS = staff("administrator")


@operation("GET", "/staff/people", ADMINISTRATORS, query=LongPageQuery, answer=StaffMembers)
def list_staff(call: HttpCall) -> Any:
    """Everybody with a role."""
    return call.service("identity").staff(cursor=call.query.cursor, limit=call.query.limit)


@operation(
    "POST",
    "/staff/people",
    ADMINISTRATORS,
    body=NewStaffMember,
    answer=StaffInvited,
    status=201,
    errors=("contact_taken", "too_many_requests"),
)
def add_staff(call: HttpCall) -> Any:
    """A new member; an invitation goes out by mail."""
    body = call.body
    return call.service("identity").add_staff(
        email=body.email, name=body.name, roles=body.roles, language=body.language
    )


@operation(
    "POST",
    "/staff/people/{person}/invitation",
    ADMINISTRATORS,
    answer=StaffInvited,
    status=201,
    errors=("not_found", "too_many_requests"),
)
def invite_staff_again(call: HttpCall) -> Any:
    """Another invitation; the one before is good no more."""
    return call.service("identity").invite_staff_again(person=call.path["person"])


@operation(
    "POST",
    "/invitations/acceptance",
    ANYONE,
    body=StaffInvitation,
    answer=InvitationAccepted,
    errors=("link_wrong", "password_rules", "too_many_requests"),
)
def accept_invitation(call: HttpCall) -> Any:
    """A password of one's own, by the link in the invitation."""
    return call.service("identity").accept_invitation(token=call.body.token, password=call.body.password)


@operation(
    "PUT",
    "/staff/people/{person}/roles",
    ADMINISTRATORS,
    body=StaffRoles,
    answer=StaffMemberChanged,
    errors=("not_found", "last_administrator"),
)
def change_staff_roles(call: HttpCall) -> Any:
    """What a member may do from now on; the member's sessions end."""
    return _changed(
        call,
        call.service("identity").change_staff_roles(person=call.path["person"], roles=call.body.roles),
    )


@operation(
    "PUT",
    "/staff/people/{person}/disabled",
    ADMINISTRATORS,
    body=StaffDisabling,
    answer=StaffMemberChanged,
    errors=("not_found", "last_administrator"),
)
def disable_staff(call: HttpCall) -> Any:
    """Keep a member out, or let in again; the member's sessions end."""
    return _changed(
        call,
        call.service("identity").disable_staff(person=call.path["person"], disabled=call.body.disabled),
    )


@operation(
    "DELETE",
    "/staff/people/{person}/second-factor",
    ADMINISTRATORS,
    answer=StaffMemberChanged,
    errors=("not_found",),
)
def reset_second_factor(call: HttpCall) -> Any:
    """For a member who has lost it; the member's sessions end, and the next sign-in enrols another."""
    return _changed(call, call.service("identity").reset_second_factor(person=call.path["person"]))


def _changed(call: HttpCall, answer: dict[str, Any]) -> dict[str, Any]:
    call.revocations.add(answer["ended"])
    return answer

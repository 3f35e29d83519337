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
from gateway.operations import ANYONE, HttpRequest, operation, staff

ADMINISTRATORS = staff("administrator")


@operation("GET", "/staff/people", ADMINISTRATORS, query=LongPageQuery, answer=StaffMembers)
def list_staff(request: HttpRequest) -> Any:
    """Everybody with a role."""
    return request.service("identity").staff(cursor=request.query.cursor, limit=request.query.limit)


@operation(
    "POST",
    "/staff/people",
    ADMINISTRATORS,
    body=NewStaffMember,
    answer=StaffInvited,
    status=201,
    errors=("contact_taken", "too_many_requests"),
)
def add_staff(request: HttpRequest) -> Any:
    """A new member; an invitation goes out by mail."""
    body = request.body
    return request.service("identity").add_staff(
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
def invite_staff_again(request: HttpRequest) -> Any:
    """Another invitation; the one before is good no more."""
    return request.service("identity").invite_staff_again(person=request.path["person"])


@operation(
    "POST",
    "/invitations/acceptance",
    ANYONE,
    body=StaffInvitation,
    answer=InvitationAccepted,
    errors=("link_wrong", "password_rules", "too_many_requests"),
)
def accept_invitation(request: HttpRequest) -> Any:
    """A password of one's own, by the link in the invitation."""
    return request.service("identity").accept_invitation(
        token=request.body.token, password=request.body.password
    )


@operation(
    "PUT",
    "/staff/people/{person}/roles",
    ADMINISTRATORS,
    body=StaffRoles,
    answer=StaffMemberChanged,
    errors=("not_found", "last_administrator"),
)
def change_staff_roles(request: HttpRequest) -> Any:
    """What a member may do from now on; the member's sessions end."""
    return _changed(
        request,
        request.service("identity").change_staff_roles(
            person=request.path["person"], roles=request.body.roles
        ),
    )


@operation(
    "PUT",
    "/staff/people/{person}/disabled",
    ADMINISTRATORS,
    body=StaffDisabling,
    answer=StaffMemberChanged,
    errors=("not_found", "last_administrator"),
)
def disable_staff(request: HttpRequest) -> Any:
    """Keep a member out, or let in again; the member's sessions end."""
    return _changed(
        request,
        request.service("identity").disable_staff(
            person=request.path["person"], disabled=request.body.disabled
        ),
    )


@operation(
    "DELETE",
    "/staff/people/{person}/second-factor",
    ADMINISTRATORS,
    answer=StaffMemberChanged,
    errors=("not_found",),
)
def reset_second_factor(request: HttpRequest) -> Any:
    """For a member who has lost it; the member's sessions end, and the next sign-in enrols another."""
    return _changed(request, request.service("identity").reset_second_factor(person=request.path["person"]))


def _changed(request: HttpRequest, answer: dict[str, Any]) -> dict[str, Any]:
    request.revocations.add(answer["ended"])
    return answer

"""Members of staff, and the audit log (ID-10)."""

from __future__ import annotations

from typing import Annotated

import msgspec

from gateway.models.moment import Moment


class StaffQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page."""

    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50


class StaffMember(msgspec.Struct):
    """Somebody with a role. ``second_factor``: enrolled; ``last_seen_at``: the last refresh of a session."""

    person: str
    email: str | None
    name: str
    roles: list[str]
    created_at: Moment
    disabled_at: Moment | None
    second_factor: bool
    last_seen_at: Moment | None


class StaffMembers(msgspec.Struct):
    """``next`` is the cursor of the following page."""

    staff: list[StaffMember]
    next: str | None


class NewStaffMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Roles: operator, accountant, administrator."""

    email: str
    roles: list[str]
    name: str = ""
    language: str = "ru"


class StaffInvited(msgspec.Struct):
    """A link is on its way by mail, good for a day."""

    person: str
    invited: bool


class StaffRoles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a member may do from now on."""

    roles: list[str]


class StaffDisabling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Kept out, or let in again."""

    disabled: bool


class StaffMemberChanged(msgspec.Struct):
    """The sessions that ended with it."""

    person: str
    ended: list[str]


class StaffInvitation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token of the link, and a password of one's own."""

    token: str
    password: str


class InvitationAccepted(msgspec.Struct):
    """Sign in next; the second factor is enrolled there."""

    accepted: bool


class AuditQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who, where, about what (``target`` is a kind such as ``account``, ``id`` its id), from and until when."""

    person: str | None = None
    service: str | None = None
    operation: str | None = None
    target: str | None = None
    id: str | None = None
    since: Moment | None = None
    until: Moment | None = None
    cursor: Annotated[int, msgspec.Meta(ge=1)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


class AuditEntry(msgspec.Struct):
    """What somebody of staff did or read. ``outcome``: ``ok``, an error code, or ``begun``."""

    position: int
    service: str
    action: str
    person: str
    roles: list[str]
    operation: str
    kind: str
    outcome: str
    at: Moment
    targets: dict[str, list[str]]
    request: str
    digest: str


class AuditPage(msgspec.Struct):
    """Newest first; ``next`` is the cursor of the following page."""

    entries: list[AuditEntry]
    next: int | None

"""Staff and the audit log (ID-10)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.faults import Fault
from contracts.rpc.base import END, Email, Id, Moment, Request
from contracts.rpc.identity.base import Password
from contracts.rpc.words import AuditKind, Language, Service, StaffRole


class StaffRequest(Request, frozen=True, kw_only=True):
    """A page of the members; ``cursor`` is ``next`` of the page before."""

    cursor: UUID | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class NewMemberRequest(Request, frozen=True, kw_only=True):
    """Somebody new, with roles."""

    email: Email
    name: Annotated[str, Meta(max_length=120)] = ""
    roles: Annotated[list[StaffRole], Meta(min_length=1, max_length=3)]
    language: Language = "ru"


class MemberRequest(Request, frozen=True, kw_only=True):
    """One member."""

    person: UUID


class RolesRequest(MemberRequest, frozen=True, kw_only=True):
    """What the member may do."""

    roles: Annotated[list[StaffRole], Meta(min_length=1, max_length=3)]


class DisabledRequest(MemberRequest, frozen=True, kw_only=True):
    """Whether the member is kept out."""

    disabled: bool


class InvitationRequest(Request, frozen=True, kw_only=True):
    """The secret of a link, and the member's own password."""

    token: Annotated[str, Meta(max_length=128)]
    password: Password


class AuditRequest(Request, frozen=True, kw_only=True):
    """Filters of the audit log: who, where, what it was about (a kind of target and its id), from and until when."""

    person: UUID | None = None
    service: Annotated[str, Meta(min_length=1, max_length=32)] | None = None
    operation: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    target: Annotated[str, Meta(min_length=1, max_length=32)] | None = None
    id: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    since: Moment | None = None
    until: Moment | None = None
    cursor: Annotated[str, Meta(pattern="^[1-9][0-9]{0,17}" + END)] | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50

    def faults(self) -> Iterator[Fault]:
        """A target is a kind with an id."""
        if (self.target is None) != (self.id is None):
            yield Fault("/target", "one_of", "Give target and id together.")


class StaffMember(msgspec.Struct):
    """Somebody with a role. ``second_factor``: enrolled; ``last_seen_at``: the last refresh of a session."""

    person: Id
    email: str | None
    name: str
    roles: list[StaffRole]
    created_at: Moment
    disabled_at: Moment | None
    second_factor: bool
    last_seen_at: Moment | None


class StaffMembers(msgspec.Struct):
    """``next`` is the cursor of the following page."""

    staff: list[StaffMember]
    next: str | None


class StaffInvited(msgspec.Struct):
    """A link is on its way by mail, good for a day."""

    person: Id
    invited: bool


class StaffMemberChanged(msgspec.Struct):
    """The sessions that ended with it."""

    person: Id
    ended: list[Id]


class InvitationAccepted(msgspec.Struct):
    """Sign in next; the second factor is enrolled there."""

    accepted: bool


class AuditEntry(msgspec.Struct):
    """What somebody of staff did or read. ``outcome``: ``ok``, an error code, or ``begun``."""

    position: int
    service: Service
    action: str
    person: Id
    roles: list[StaffRole]
    operation: str
    kind: AuditKind
    outcome: str
    at: Moment
    targets: dict[str, list[str]]
    request: str
    digest: str


class AuditPage(msgspec.Struct):
    """Newest first; ``next`` is the cursor of the following page."""

    entries: list[AuditEntry]
    next: str | None

"""Members of staff, and the audit log (ID-10)."""

from __future__ import annotations

from typing import Annotated

import msgspec

from contracts.rpc.base import Moment


class StaffQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page."""

    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50


class NewStaffMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Roles: operator, accountant, administrator."""

    email: str
    roles: list[str]
    name: str = ""
    language: str = "ru"


class StaffRoles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a member may do from now on."""

    roles: list[str]


class StaffDisabling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Kept out, or let in again."""

    disabled: bool


class StaffInvitation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token of the link, and a password of one's own."""

    token: str
    password: str


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

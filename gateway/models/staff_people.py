"""Members of staff, and the audit log (ID-10)."""

from __future__ import annotations

from typing import Annotated

import msgspec

from contracts.rpc.base import Email, Moment
from contracts.rpc.identity.base import Password
from contracts.rpc.words import Language, Service, StaffRole
from gateway.models.base import BodyId, LinkSecret, LongPageQuery

Roles = Annotated[list[StaffRole], msgspec.Meta(min_length=1, max_length=3)]


class NewStaffMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody new, with roles."""

    email: Email
    roles: Roles
    name: Annotated[str, msgspec.Meta(max_length=120)] = ""
    language: Language = "ru"


class StaffRoles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a member may do from now on."""

    roles: Roles


class StaffDisabling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Kept out, or let in again."""

    disabled: bool


class StaffInvitation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token of the link, and a password of one's own."""

    token: LinkSecret
    password: Password


class AuditQuery(LongPageQuery, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who, where, about what (``target`` is a kind such as ``account``, ``id`` its id), from and until when."""

    person: BodyId | None = None
    service: Service | None = None
    operation: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None
    target: Annotated[str, msgspec.Meta(min_length=1, max_length=32)] | None = None
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None
    since: Moment | None = None
    until: Moment | None = None

"""Groups of accounts (ID-7)."""

from __future__ import annotations

from uuid import UUID

import msgspec

from contracts.rpc.base import Id, Request
from contracts.rpc.identity.base import GroupLabel


class NewGroupRequest(Request, frozen=True, kw_only=True):
    """By its name."""

    name: GroupLabel


class GroupRequest(Request, frozen=True, kw_only=True):
    """One of the person's."""

    group: UUID


class RenamingRequest(GroupRequest, frozen=True, kw_only=True):
    """Another name."""

    name: GroupLabel


class Group(msgspec.Struct):
    """``default``: accounts go there that were put nowhere; it stays."""

    group: Id
    name: str
    default: bool


class Groups(msgspec.Struct):
    """In the order in which they were made."""

    groups: list[Group]


class GroupDeleted(msgspec.Struct):
    """Where its accounts went."""

    group: Id
    moved_to: Id

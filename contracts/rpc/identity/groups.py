"""Groups of accounts (ID-7)."""

from __future__ import annotations

from uuid import UUID

from contracts.rpc.base import Request
from contracts.rpc.identity.base import Label


class NewGroupRequest(Request, frozen=True, kw_only=True):
    """By its name."""

    name: Label


class GroupRequest(Request, frozen=True, kw_only=True):
    """One of the person's."""

    group: UUID


class RenamingRequest(GroupRequest, frozen=True, kw_only=True):
    """Another name."""

    name: Label

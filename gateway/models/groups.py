"""Groups of accounts (ID-7)."""

from __future__ import annotations

import msgspec


class GroupName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Up to 60 characters; not the name of another group."""

    name: str


class Group(msgspec.Struct):
    """``default``: accounts go there that were put nowhere; it stays."""

    group: str
    name: str
    default: bool


class Groups(msgspec.Struct):
    """In the order in which they were made."""

    groups: list[Group]


class GroupDeleted(msgspec.Struct):
    """Where its accounts went."""

    group: str
    moved_to: str

"""Groups of accounts (ID-7)."""

from __future__ import annotations

import msgspec

from contracts.rpc.identity.base import GroupLabel


class GroupName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Up to 60 characters; not the name of another group."""

    name: GroupLabel

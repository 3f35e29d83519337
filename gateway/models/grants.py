"""Delegated access (ID-11)."""

from __future__ import annotations

import msgspec

from contracts.rpc.base import Moment


class NewGrant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``to``: phone or e-mail address. ``scopes``: any of see, readings (with see), pay. ``until`` null: until it is
    taken back. ``name`` is for the giver alone."""

    to: str
    scopes: list[str]
    name: str = ""
    until: Moment | None = None

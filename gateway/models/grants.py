"""Delegated access (ID-11)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.rpc.base import Moment
from contracts.rpc.identity.base import Contact, ShortName
from contracts.rpc.words import GrantableScope


class NewGrant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``to``: phone or e-mail address. Readings go with ``see`` only. Without ``until`` it holds until it is taken
    back. ``name`` is for the giver alone."""

    to: Contact
    scopes: Annotated[list[GrantableScope], Meta(min_length=1, max_length=3)]
    name: ShortName = ""
    until: Moment | None = None

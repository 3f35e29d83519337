"""A person's groups."""

from __future__ import annotations

from typing import Any

from authorisation.contexts import RequestContext
from services.identity.store import groups


def my_groups(ctx: RequestContext) -> dict[str, Any]:
    """In the order in which they were made; which accounts are in each the list of accounts tells (ID-7)."""
    return {
        "groups": [
            {"group": row["id"], "name": row["name"], "default": row["is_default"]}
            for row in groups.groups(ctx.tx, ctx.subject.require_person())
        ]
    }

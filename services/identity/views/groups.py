"""A person's groups."""

from __future__ import annotations

from typing import Any

from chassis.house import Call
from services.identity.store import groups


def my_groups(call: Call) -> dict[str, Any]:
    """In the order in which they were made; which accounts are in each the list of accounts tells (ID-7)."""
    return {
        "groups": [
            {"group": row["id"], "name": row["name"], "default": row["is_default"]}
            for row in groups.groups(call.tx, call.subject.require_person())
        ]
    }

"""Readings without signing in, as staff see them."""

from __future__ import annotations

from typing import Any

from authorisation.contexts import RequestContext
from contracts.rpc import metering as rpc
from services.metering.store import guests

SHOWN = (
    "provider", "account_number", "account", "serial", "resource", "proof", "values", "received_at", "reason",
)  # fmt: skip


def guest_queue(ctx: RequestContext, request: rpc.GuestQueueRequest) -> dict[str, Any]:
    """What waits for a decision, oldest first, with the code of what kept it from being taken (MT-5). Its service has
    checked the role."""
    after = str(request.cursor) if request.cursor else None
    rows = guests.queue(ctx.tx, request.provider, after, request.limit)
    return {
        "readings": [{"reading": row["id"], **{name: row[name] for name in SHOWN}} for row in rows],
        "next": rows[-1]["id"] if len(rows) == request.limit else None,
    }

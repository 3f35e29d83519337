"""Staff, for administrators (ID-10)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from authorisation.contexts import RequestContext
from contracts.rpc.identity import staff as rpc
from services.identity.store import audit as kept_audit
from services.identity.store import staff as kept_staff

ADMINISTRATOR = "administrator"


def staff(ctx: RequestContext, request: rpc.StaffRequest) -> dict[str, Any]:
    """A page of the members; ``next`` is what to ask after for the following one."""
    ctx.subject.require_role(ADMINISTRATOR)
    after, limit = str(request.cursor) if request.cursor else None, request.limit
    rows = kept_staff.staff(ctx.tx, after, limit + 1)
    found = [
        {
            "person": row["person"],
            "email": row["email"],
            "name": row["name"],
            "roles": list(row["roles"]),
            "created_at": row["created_at"].isoformat(),
            "disabled_at": _text(row["disabled_at"]),
            "second_factor": row["second_factor"],
            "last_seen_at": _text(row["last_seen_at"]),
        }
        for row in rows[:limit]
    ]
    return {"staff": found, "next": found[-1]["person"] if len(rows) > limit else None}


def audit(ctx: RequestContext, request: rpc.AuditRequest) -> dict[str, Any]:
    """A page of the audit log, newest first; ``next`` is what to ask before for the following one."""
    ctx.subject.require_role(ADMINISTRATOR)
    limit = request.limit
    rows = kept_audit.entries(
        ctx.tx,
        person=str(request.person) if request.person else None,
        service=request.service,
        operation=request.operation,
        targets={request.target: [request.id]} if request.target and request.id else {},
        since=request.since,
        until=request.until,
        before=int(request.cursor) if request.cursor else None,
        limit=limit + 1,
    )
    found = [
        {
            "position": row["position"],
            "service": row["service"],
            "action": row["action"],
            "person": row["person"],
            "roles": list(row["roles"]),
            "operation": row["operation"],
            "kind": row["kind"],
            "outcome": row["outcome"],
            "at": row["at"].isoformat(),
            "targets": row["targets"],
            "request": row["request"],
            "digest": row["digest"],
        }
        for row in rows[:limit]
    ]
    return {"entries": found, "next": str(found[-1]["position"]) if len(rows) > limit else None}


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()

"""The audit log of what staff did (ID-10)."""

from __future__ import annotations

from typing import Any

from contracts.rpc.identity.staff import AuditPage
from gateway.models.staff_people import AuditQuery
from gateway.operations import HttpRequest, operation, staff


@operation("GET", "/staff/audit", staff("administrator"), query=AuditQuery, answer=AuditPage)
def audit_log(request: HttpRequest) -> Any:
    """What staff did and read, newest first. Reading it is told in it, too."""
    query = request.query
    return request.service("identity").audit(
        person=query.person,
        service=query.service,
        operation=query.operation,
        target=query.target,
        id=query.id,
        since=query.since.isoformat() if query.since else None,
        until=query.until.isoformat() if query.until else None,
        cursor=query.cursor,
        limit=query.limit,
    )

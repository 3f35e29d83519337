"""What staff did, appended to the audit log (ID-10)."""

from __future__ import annotations

from typing import Any

from authorisation.contexts import RequestContext
from services.identity.domain.audit import BEGINNING, digest_of
from services.identity.store import audit


def append(ctx: RequestContext, event: Any) -> None:
    """One entry behind the last, with a digest that covers both. Entries stand in the order in which they came."""
    last = audit.lock_end(ctx.tx)
    entry = {
        "position": 1 if last is None else last["position"] + 1,
        "service": event.source,
        "action": event.action,
        "person": event.person,
        "roles": event.roles,
        "operation": event.operation,
        "kind": event.kind,
        "outcome": event.outcome,
        "at": event.at,
        "targets": event.targets,
        "request": event.request,
        "previous": BEGINNING if last is None else last["digest"],
    }
    audit.append(ctx.tx, {**entry, "digest": digest_of(entry)})

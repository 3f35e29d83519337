"""All that the system holds on a person, to be downloaded (ID-9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from authorisation.contexts import ServiceContext
from authorisation.subject import Subject
from chassis.rpc.client import RemoteService
from contracts.errors import CabinetError
from services.identity.handlers.limits import limit
from services.identity.handlers.profile import myself
from services.identity.store import personal_data as held

#: These mean that a part of the system is away; anything else would be our own fault.
AWAY = ("unavailable", "timeout", "internal")


def collect(service: ServiceContext, subject: Subject, others: Mapping[str, RemoteService]) -> dict[str, Any]:
    """Identity's part and, asked at the same time, those of ``others`` by name; ``missing`` names those that did not
    answer. Raises ``too_many_requests``."""
    person = subject.require_person()
    with service.begin(subject) as ctx:
        limit(ctx, ("export", person))
        myself(ctx)
        parts: dict[str, Any] = {"identity": dict(held.shown(ctx.tx, person))}
        at = ctx.now
    service.use_service_token()
    asked = {name: remote.start("personal_data", person=person) for name, remote in others.items()}
    missing = []
    for name, answer in asked.items():
        try:
            parts[name] = answer.result()
        except CabinetError as error:
            if error.kind not in AWAY:
                raise
            missing.append(name)
    return {"person": person, "at": at.isoformat(), "missing": missing, "parts": parts}

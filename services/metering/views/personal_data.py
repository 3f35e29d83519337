"""What is held on a person, for identity (ID-9)."""

from __future__ import annotations

from typing import Any

from authorisation.contexts import RequestContext
from services.metering.store import personal_data as held


def personal_data(ctx: RequestContext, person: str) -> dict[str, Any]:
    """By table; for services only."""
    ctx.subject.require_service()
    return dict(held.personal_data(ctx.tx, person))

"""What nobody will ask for any more."""

from __future__ import annotations

from authorisation.contexts import ServiceContext
from chassis import attempts
from services.metering.domain.guests import KEEP_GUESTS
from services.metering.store import guests

# What strangers typed is kept as long as somebody may complain about it.


def forget(service: ServiceContext) -> None:
    """Delete it."""
    with service.begin() as ctx:
        guests.forget(ctx.tx, ctx.now - KEEP_GUESTS)
        attempts.forget(ctx.tx, ctx.now)

"""Forgetting what is over."""

from __future__ import annotations

from authorisation.contexts import ServiceContext
from services.notifications import store
from services.notifications.domain.attempts import KEEP_DISPATCHES


def forget_old(service: ServiceContext) -> None:
    """Dispatches long finished."""
    with service.begin() as ctx:
        store.forget_dispatches(ctx.tx, ctx.now - KEEP_DISPATCHES)

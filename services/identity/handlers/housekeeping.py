"""Forgetting what is over."""

from __future__ import annotations

from authorisation.contexts import ServiceContext
from chassis import attempts
from services.identity.configuration import IdentityTools
from services.identity.domain.lives import KEEP_CHALLENGES, KEEP_FINISHED
from services.identity.domain.states import CODE, RECOVERY, REGISTRATION
from services.identity.store import (
    codes,
    contact_changes,
    document_links,
    recoveries,
    registrations,
    second_factors,
)


def forget_old(service: ServiceContext) -> None:
    """Attempts that limit nothing any more; registrations, recoveries and codes that nobody confirmed in time are over,
    and are deleted with the finished ones a month later."""
    with service.begin() as ctx:
        attempts.forget(ctx.tx, ctx.now)
        registrations.expire(ctx.tx, REGISTRATION.move("waiting", "expired"), ctx.now)
        recoveries.expire(ctx.tx, RECOVERY.move("waiting", "expired"), ctx.now)
        codes.expire(ctx.tx, CODE.move("issued", "expired"), ctx.now)
        before = ctx.now - KEEP_FINISHED
        for finished in (registrations, recoveries, codes, contact_changes):
            finished.forget(ctx.tx, before)


def forget_unused(service: ServiceContext, tools: IdentityTools) -> None:
    """Sign-ins that nobody finished, a day after they ended; links that nobody opened. Both live in real time."""
    now = tools.real.now()
    with service.begin() as ctx:
        second_factors.forget_challenges(ctx.tx, now - KEEP_CHALLENGES)
        document_links.forget(ctx.tx, now)

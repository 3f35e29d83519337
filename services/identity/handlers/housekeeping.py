"""Forgetting what is over."""

from __future__ import annotations

from datetime import timedelta

from chassis import attempts
from chassis.house import HouseTools
from services.identity.configuration import IdentityTools
from services.identity.domain.limits import KEEP_FINISHED
from services.identity.domain.states import CODE, RECOVERY, REGISTRATION, move
from services.identity.store import (
    codes,
    contact_changes,
    document_links,
    recoveries,
    registrations,
    second_factors,
)


def forget_old(house: HouseTools) -> None:
    """Attempts that limit nothing any more; registrations, recoveries and codes that nobody confirmed in time are over,
    and are deleted with the finished ones a month later."""
    with house.begin() as call:
        attempts.forget(call.tx, call.now)
        registrations.expire(call.tx, move(REGISTRATION, "waiting", "expired"), call.now)
        recoveries.expire(call.tx, move(RECOVERY, "waiting", "expired"), call.now)
        codes.expire(call.tx, move(CODE, "issued", "expired"), call.now)
        before = call.now - KEEP_FINISHED
        for finished in (registrations, recoveries, codes, contact_changes):
            finished.forget(call.tx, before)


def forget_unused(house: HouseTools, tools: IdentityTools) -> None:
    """Sign-ins that nobody finished, a day after they ended; links that nobody opened. Both live in real time."""
    now = tools.real.now()
    with house.begin() as call:
        second_factors.forget_challenges(call.tx, now - timedelta(days=1))
        document_links.forget(call.tx, now)

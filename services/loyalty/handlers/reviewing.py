"""What the calendar decides: missed deadlines (LY-2) and the monthly review (LY-3, LY-8)."""

from __future__ import annotations

from typing import Any

from authorisation.contexts import RequestContext, ServiceContext
from contracts.errors import CabinetError
from services.loyalty import store
from services.loyalty.configuration import LoyaltyTools
from services.loyalty.domain.awards import first_counted, last_ended
from services.loyalty.domain.programme import BURN
from services.loyalty.handlers.awarding import announce_level, announce_points, window

# Accounts a transaction: short locks, and a stopped run goes on where it was.
MISSED_AT_ONCE = 2_000
# Events to write at once, so that a review that changes many levels keeps none of them in memory for long.
EVENTS_AT_ONCE = 5_000


def burn_missed(ctx: RequestContext, tools: LoyaltyTools, provider: str) -> int:
    """Find bills whose deadline has passed unpaid, by the provider's own day, and burn what can burn; how many
    accounts were looked at. Call again, in a new transaction, until it is 0."""
    today = tools.day(provider, ctx.now)
    first_period = window(ctx, tools, provider)
    accounts = store.lock_overdue(ctx.tx, provider, today, MISSED_AT_ONCE)
    if not accounts:
        return 0
    burned = store.miss_and_burn(ctx.tx, accounts, today, first_period, ctx.now)
    if burned:
        losers = [row["account"] for row in burned]
        counted = store.count_points(ctx.tx, tools.programmes[provider], first_period, losers)
        standings = {row["account"]: row for row in counted}
        for row in burned:
            standing = standings[row["account"]]
            announce_points(ctx, provider, standing, BURN, row["cause"], -row["burned"])
            announce_level(ctx, provider, standing)
    return len(accounts)


def review_due(ctx: RequestContext, tools: LoyaltyTools, provider: str) -> bool:
    """Has a month ended since the last review?"""
    return store.reviewed_period(ctx.tx, provider) != last_ended(tools.day(provider, ctx.now))


def review(ctx: RequestContext, tools: LoyaltyTools, provider: str, period: str) -> dict[str, Any]:
    """Count the points and levels of all members over the periods that end with ``period``, in one statement.

    Raises ``unknown_provider`` where there is no programme, ``period_not_over``, or ``period_closed`` for a
    period before the one that is reviewed this month. Doing it again changes nothing.
    """
    programme = tools.programmes.get(provider)
    if programme is None:
        raise CabinetError("unknown_provider")
    due = last_ended(tools.day(provider, ctx.now))
    if period > due:
        raise CabinetError("period_not_over", period=period)
    if period < due:
        raise CabinetError("period_closed", period=period)
    store.lock_window(ctx.tx, provider)
    first_period = first_counted(period, programme.window_periods)
    store.move_window(ctx.tx, provider, period, first_period, ctx.now)
    rows = store.count_all_points(ctx.tx, programme, first_period, provider)
    changed_levels = 0
    for row in rows:
        if row["account"] is None:
            continue
        announce_level(ctx, provider, row)
        changed_levels += 1
        if changed_levels % EVENTS_AT_ONCE == 0:
            ctx.tx.write_outbox()
    return {
        "provider": provider,
        "period": period,
        "first_period": first_period,
        "members": rows[0]["members"],
        "changed": rows[0]["changed"],
        "levels_changed": changed_levels,
    }


def review_ended_months(service: ServiceContext, tools: LoyaltyTools) -> None:
    """The review of each provider whose month has ended where it is, a transaction each."""
    for provider in tools.programmes:
        with service.begin() as ctx:
            if review_due(ctx, tools, provider):
                review(ctx, tools, provider, last_ended(tools.day(provider, ctx.now)))


def burn_all_missed(service: ServiceContext, tools: LoyaltyTools) -> None:
    """Page by page, a transaction each."""
    for provider in tools.programmes:
        more = 1
        while more:
            with service.begin() as ctx:
                more = burn_missed(ctx, tools, provider)

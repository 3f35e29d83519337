"""Taking part, and points for it: the journal, the new total and the events in one transaction (LY-2, LY-3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from authorisation.contexts import RequestContext
from contracts.events.loyalty import LevelChanged, PointsAwarded
from services.loyalty import store
from services.loyalty.configuration import LoyaltyTools
from services.loyalty.domain.awards import ONCE, Award, first_counted, last_ended
from services.loyalty.domain.programme import BURN_UNDONE, Programme


@dataclass(frozen=True)
class Participant:
    """A member whose row this transaction holds, and the window that its points are counted over."""

    account: str
    provider: str
    programme: Programme
    first_period: str

    def award(self, criterion: str, period: str = ONCE) -> Award:
        """What the criterion gives in this programme."""
        return Award(
            criterion, period, self.programme.points.get(criterion, 0), criterion in self.programme.lasting
        )


def window(ctx: RequestContext, tools: LoyaltyTools, provider: str) -> str:
    """The first period that counts, held until the end of the transaction."""
    first = store.share_window(ctx.tx, provider)
    if first is not None:
        return first
    reviewed = last_ended(tools.day(provider, ctx.now))
    first = first_counted(reviewed, tools.programmes[provider].window_periods)
    return store.open_window(ctx.tx, provider, reviewed, first, ctx.now)


def participant(ctx: RequestContext, tools: LoyaltyTools, account: str, provider: str) -> Participant | None:
    """The account as a member, made by whichever event speaks of it first (LY-1: nobody has to ask); None
    where the provider has no programme."""
    programme = tools.programmes.get(provider)
    if programme is None:
        return None
    first_period = window(ctx, tools, provider)
    store.lock_member(ctx.tx, account, provider, programme.level(0), ctx.now)
    return Participant(account, provider, programme, first_period)


def give(
    ctx: RequestContext, who: Participant, awards: Iterable[Award], undone: Mapping[str, int] | None = None
) -> None:
    """Append what the member does not have yet, count anew, announce. ``undone`` are burns, by the period that
    caused them, that the caller has taken back already."""
    worth = [award for award in awards if award.points]
    added = store.add_awards(ctx.tx, who.account, worth, ctx.now) if worth else []
    entries = [(row["criterion"], row["period"], row["points"]) for row in added]
    entries += [(BURN_UNDONE, period, points) for period, points in (undone or {}).items() if points]
    if not entries:
        return
    [standing] = store.count_points(ctx.tx, who.programme, who.first_period, [who.account])
    for criterion, period, points in entries:
        announce_points(ctx, who.provider, standing, criterion, period, points)
    announce_level(ctx, who.provider, standing)


def announce_points(
    ctx: RequestContext, provider: str, standing: Mapping[str, Any], criterion: str, period: str, points: int
) -> None:
    """An entry of the journal, with the total that it led to."""
    ctx.tx.emit(
        PointsAwarded(
            account=standing["account"],
            provider=provider,
            at=ctx.now,
            points=standing["points"],
            level=standing["level"],
            criterion=criterion,
            awarded=points,
            period=period or None,
        )
    )


def announce_level(ctx: RequestContext, provider: str, standing: Mapping[str, Any]) -> None:
    """The new level, if it is one."""
    if standing["level"] == standing["previous"]:
        return
    ctx.tx.emit(
        LevelChanged(
            account=standing["account"],
            provider=provider,
            at=ctx.now,
            points=standing["points"],
            level=standing["level"],
            previous=standing["previous"],
        )
    )

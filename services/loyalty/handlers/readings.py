"""Points for readings in time (LY-2, LY-4): metering says whether they were."""

from __future__ import annotations

from authorisation.contexts import RequestContext
from contracts.events.metering import AutomatedReadingsStored, ReadingAccepted
from services.loyalty.configuration import LoyaltyTools
from services.loyalty.domain.programme import READINGS
from services.loyalty.handlers.awarding import give, participant


def reading_accepted(ctx: RequestContext, tools: LoyaltyTools, event: ReadingAccepted) -> None:
    """Once a period, however many meters there are and however often a reading is corrected."""
    if event.in_time:
        _reward(ctx, tools, event.account, event.provider, event.period)


def automated_readings_stored(
    ctx: RequestContext, tools: LoyaltyTools, event: AutomatedReadingsStored
) -> None:
    """Who has an automated meter is never late."""
    _reward(ctx, tools, event.account, event.provider, event.period)


def _reward(ctx: RequestContext, tools: LoyaltyTools, account: str, provider: str, period: str) -> None:
    who = participant(ctx, tools, account, provider)
    if who is not None:
        give(ctx, who, [who.award(READINGS, period)])

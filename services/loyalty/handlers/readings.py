"""Points for readings in time (LY-2, LY-4): metering says whether they were."""

from __future__ import annotations

from chassis.house import Call
from contracts.events.metering import AutomatedReadingsStored, ReadingAccepted
from services.loyalty.configuration import LoyaltyTools
from services.loyalty.domain.programme import READINGS
from services.loyalty.handlers.granting import give, participant


def reading_accepted(call: Call, tools: LoyaltyTools, event: ReadingAccepted) -> None:
    """Once a period, however many meters there are and however often a reading is corrected."""
    if event.in_time:
        _reward(call, tools, event.account, event.provider, event.period)


def automated_readings_stored(call: Call, tools: LoyaltyTools, event: AutomatedReadingsStored) -> None:
    """Who has an automated meter is never late."""
    _reward(call, tools, event.account, event.provider, event.period)


def _reward(call: Call, tools: LoyaltyTools, account: str, provider: str, period: str) -> None:
    who = participant(call, tools, account, provider)
    if who is not None:
        give(call, who, [who.grant(READINGS, period)])

"""Loyalty's section of the provider profiles: points, thresholds, and the zone that a provider's days begin in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from chassis.clock import local_day
from chassis.profiles import ProfileFiles
from services.loyalty.domain.programme import Programme, faults


class LoyaltyProfile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[loyalty]`` of a provider. One without a programme says ``enabled = false`` and nothing else."""

    enabled: bool
    window_periods: int = 6
    points: dict[str, int] = {}
    lasting: dict[str, bool] = {}
    levels: dict[str, int] = {}


@dataclass(frozen=True)
class LoyaltyTools:
    """What loyalty's handlers need: the programmes by provider, and every provider's time zone."""

    programmes: dict[str, Programme]
    zones: dict[str, ZoneInfo]

    def day(self, provider: str, moment: datetime) -> date:
        """The provider's own calendar day of a moment."""
        return local_day(moment, self.zones[provider])


def loyalty_tools(config: dict[str, Any]) -> LoyaltyTools:
    """From the profiles; faults are reported together."""
    files = ProfileFiles(config["providers_dir"])
    programmes: dict[str, Programme] = {}
    for provider, profile in files.section("loyalty", LoyaltyProfile).items():
        if not profile.enabled:
            continue
        programmes[provider] = Programme(
            points=profile.points,
            lasting=frozenset(name for name, lasts in profile.lasting.items() if lasts),
            levels=tuple(profile.levels.items()),
            window_periods=profile.window_periods,
        )
        files.faults += [f"{provider}.toml [loyalty] {fault}" for fault in faults(programmes[provider])]
    files.check()
    return LoyaltyTools(programmes, {provider: core.zone for provider, core in files.core.items()})

"""Metering's section of the provider profiles."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from chassis.profiles import ProfileFiles, ProviderCore
from services.metering.domain.registers import JumpRule
from services.metering.domain.windows import Window


class MeteringProfile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[metering]`` of a provider."""

    window_first_day: int
    window_last_day: int
    outside_window: str
    jump_factor: Decimal
    jump_floor: Decimal
    registers: dict[str, dict[str, str]]
    units: dict[str, str]

    @property
    def window(self) -> Window:
        """When readings are taken."""
        return Window(self.window_first_day, self.window_last_day, self.outside_window)

    @property
    def jump(self) -> JumpRule:
        """What asks for a confirmation."""
        return JumpRule(self.jump_factor, self.jump_floor)


@dataclass(frozen=True)
class MeteringTools:
    """What metering's handlers need."""

    core: dict[str, ProviderCore]
    profiles: dict[str, MeteringProfile]


def metering_tools(config: dict[str, Any]) -> MeteringTools:
    """From the profiles; faults are reported together."""
    files = ProfileFiles(config["providers_dir"])
    profiles = files.section("metering", MeteringProfile)
    for provider, profile in profiles.items():
        if profile.outside_window not in ("next_period", "closed"):
            files.faults.append(f"{provider}.toml [metering] outside_window: {profile.outside_window!r}")
        if not 1 <= profile.window_first_day <= profile.window_last_day <= 31:
            files.faults.append(f"{provider}.toml [metering] window days are out of order")
        for resource in files.core[provider].resources if provider in files.core else ():
            if resource not in profile.units:
                files.faults.append(f"{provider}.toml [metering.units]: {resource} is missing")
    files.check()
    return MeteringTools(files.core, profiles)

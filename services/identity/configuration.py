"""Identity's own configuration: its keys, and its section of the provider profiles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import msgspec

from chassis.profiles import ProfileFiles
from chassis.sealing import Seal
from services.identity.adapters.secrets import AccessTokens


class IdentityProfile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[identity]`` of a provider."""

    account_number: str
    account_number_hint: str
    proof: str
    registration: str


@dataclass(frozen=True)
class IdentityTools:
    """What identity's handlers need."""

    tokens: AccessTokens
    seal: Seal
    profiles: dict[str, IdentityProfile]


def identity_tools(config: dict[str, Any]) -> IdentityTools:
    """From the environment and the profiles; faults are reported together."""
    env = config["env"]
    private_key, seal_key = env.text("TOKEN_PRIVATE_KEY"), env.text("SEAL_KEY")
    env.check()
    files = ProfileFiles(config["providers_dir"])
    profiles = files.section("identity", IdentityProfile)
    for provider, profile in profiles.items():
        try:
            re.compile(profile.account_number)
        except re.error as error:
            files.faults.append(f"{provider}.toml [identity] account_number: {error}")
    files.check()
    return IdentityTools(AccessTokens(private_key), Seal(seal_key), profiles)

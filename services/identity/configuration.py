"""Identity's own configuration: its keys, and its section of the provider profiles."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec

from chassis.clock import Clock, SystemClock
from chassis.configuration import Environment
from chassis.profiles import ProfileFiles
from chassis.sealing import Seal
from services.identity.adapters.secrets import AccessTokens
from services.identity.domain import account_numbers, proofs


class ConsentEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document that a registration asks consent to (ID-9)."""

    document: str
    version: str
    required: bool


class IdentityProfile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[identity]`` of a provider. A weak proof is one that neighbours or a bill left lying about may give away."""

    account_number: str
    account_number_hint: str
    account_number_check: str = "none"  # or "luhn"
    proof: str  # "meter_serial", "last_payment" or "address"
    proof_strength: str = "strong"  # or "weak"
    registration: str  # "phone" or "email": which form comes first
    consents: list[ConsentEntry] = []


@dataclass(frozen=True)
class IdentityTools:
    """What identity's handlers need."""

    tokens: AccessTokens
    seal: Seal
    profiles: dict[str, IdentityProfile]
    #: Base of the links in mails: the cabinet's pages, without a slash at the end.
    cabinet_url: str
    #: A new phone counts after this.
    phone_change_delay: timedelta
    #: Codes by time and challenges live in real time, as tokens do, whatever a demo does with the clock.
    real: Clock = field(default_factory=SystemClock)


def identity_tools(config: dict[str, Any]) -> IdentityTools:
    """From the environment and the profiles; faults are reported together."""
    env = config["env"]
    private_key, seal_key = env.text("TOKEN_PRIVATE_KEY"), env.text("SEAL_KEY")
    cabinet_url, delay = _cabinet_url(env), env.number("PHONE_CHANGE_DELAY_HOURS", 24.0)
    if not 0 <= delay <= 24 * 30:
        env.faults.append("PHONE_CHANGE_DELAY_HOURS is not between 0 and 720")
    env.check()
    files = ProfileFiles(config["providers_dir"])
    profiles = files.section("identity", IdentityProfile)
    for provider, profile in profiles.items():
        files.faults += [f"{provider}.toml [identity] {fault}" for fault in _faults(profile)]
    files.check()
    return IdentityTools(
        AccessTokens(private_key), Seal(seal_key), profiles, cabinet_url, timedelta(hours=delay)
    )


def _faults(profile: IdentityProfile) -> list[str]:
    """What no struct can say."""
    allowed = {
        "account_number_check": account_numbers.CHECKS,
        "proof": tuple(proofs.FIELDS),
        "proof_strength": proofs.STRENGTHS,
        "registration": ("phone", "email"),
    }
    found = [
        f"{name}: {getattr(profile, name)!r} is none of {', '.join(values)}"
        for name, values in allowed.items()
        if getattr(profile, name) not in values
    ]
    try:
        re.compile(profile.account_number)
    except re.error as error:
        return [*found, f"account_number: {error}"]
    if profile.account_number_check == account_numbers.LUHN and account_numbers.has_letters(
        profile.account_number
    ):
        found.append("account_number_check: letters have no check digit by luhn")
    return found


def _cabinet_url(env: Environment) -> str:
    """CABINET_URL: links are written by putting a path behind it."""
    url = env.text("CABINET_URL").rstrip("/")
    if url and not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", url):
        env.faults.append("CABINET_URL is not an http address")
    return url

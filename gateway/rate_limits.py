"""How often a network, a person may ask (GW-4). Counted in this replica alone: a limit protects what it runs on.

Headers are those of the IETF draft *RateLimit header fields for HTTP* (draft-ietf-httpapi-ratelimit-headers-10).
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contracts.errors import CabinetError

#: Beyond so many windows those that are over are forgotten.
MAX_WINDOWS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Policy:
    """``quota`` requests of one caller in ``window`` seconds; a quota of 0 is no limit."""

    name: str
    quota: int
    window: int


@dataclass(slots=True)
class _Window:
    used: int
    ends: float


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of the policy that is nearest to its end."""

    policy: Policy
    left: int
    seconds: int


class RateLimits:
    """Counts, by policy and caller."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, str], _Window] = {}

    def count(self, wanted: Sequence[tuple[Policy, str]]) -> Standing | None:
        """One request of each (policy, caller). Raises ``too_many_requests`` with ``retry_after`` and ``policy`` where
        one is used up. None where nothing limits."""
        now = time.monotonic()
        nearest: Standing | None = None
        for policy, caller in wanted:
            if not policy.quota or not caller:
                continue
            window = self._window(policy, caller, now)
            window.used += 1
            seconds = math.ceil(window.ends - now)
            if window.used > policy.quota:
                raise CabinetError("too_many_requests", retry_after=seconds, policy=policy.name)
            left = policy.quota - window.used
            if nearest is None or left < nearest.left:
                nearest = Standing(policy, left, seconds)
        return nearest

    def _window(self, policy: Policy, caller: str, now: float) -> _Window:
        key = policy.name, caller
        window = self._windows.get(key)
        if window is None or window.ends <= now:
            if len(self._windows) >= MAX_WINDOWS:
                self._windows = {one: known for one, known in self._windows.items() if known.ends > now}
            window = self._windows[key] = _Window(0, now + policy.window)
        return window


def header_fields(standing: Standing, policies: Sequence[Policy]) -> dict[str, str]:
    """``RateLimit`` and ``RateLimit-Policy`` of an answer."""
    return {
        "RateLimit": f'"{standing.policy.name}";r={standing.left};t={standing.seconds}',
        "RateLimit-Policy": ", ".join(f'"{one.name}";q={one.quota};w={one.window}' for one in policies),
    }

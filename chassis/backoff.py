"""Pauses between tries that grow while something is away: each twice as long as the one before, up to a bound."""

from __future__ import annotations

import random


class Backoff:
    """``first`` and ``longest`` in seconds. ``spread`` makes each pause up to so much longer or shorter, so that
    many processes that lost the same thing do not come back at once.

    >>> pauses = Backoff(1.0, 3.0)
    >>> [pauses.next() for _ in range(3)]
    [1.0, 2.0, 3.0]
    """

    def __init__(self, first: float, longest: float, spread: float = 0.0) -> None:
        self._first = self._following = first
        self._longest = longest
        self._spread = spread

    def next(self) -> float:
        """The seconds to pause now."""
        pause = self._following
        self._following = min(pause * 2, self._longest)
        return pause * random.uniform(1 - self._spread, 1 + self._spread) if self._spread else pause

    def reset(self) -> None:
        """It went well: the next failure is a first one."""
        self._following = self._first

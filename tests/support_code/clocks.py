"""Clocks that go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime


class ClockFromThen:
    """Runs from the set moment on: for a clock that stands still a job is never due again."""

    def __init__(self, moment: datetime) -> None:
        self.on_set: list[Callable[[], None]] = []
        self._ahead = moment - datetime.now(UTC)

    def now(self) -> datetime:
        """Now, as far from the set moment as the machine's clock has gone since."""
        return datetime.now(UTC) + self._ahead

"""Clocks that go."""

from __future__ import annotations

from datetime import UTC, datetime


class ClockFromThen:
    """Runs from the set moment on: for a clock that stands still a job is never due again."""

    can_be_set = False

    def __init__(self, moment: datetime) -> None:
        self._ahead = moment - datetime.now(UTC)

    def now(self) -> datetime:
        """Now, as far from the set moment as the machine's clock has gone since."""
        return datetime.now(UTC) + self._ahead

    def was_set(self) -> bool:
        """Never."""
        return False

"""The days on which readings are taken, and the month that a reading counts for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from contracts.errors import CabinetError
from contracts.periods import next_period, period_of


@dataclass(frozen=True)
class Window:
    """Days ``first`` to ``last`` of a month; ``outside``: ``next_period`` (kept for it) or ``closed``."""

    first: int
    last: int
    outside: str

    def assign(self, day: date) -> tuple[str, bool]:
        """(period, in its window). Raises ``window_closed``."""
        period = period_of(day)
        if self.first <= day.day <= self.last:
            return period, True
        if self.outside == "closed":
            raise CabinetError("window_closed", first_day=self.first, last_day=self.last)
        # Before the window opens the reading still belongs to this month, only too early to count as in time.
        return (period, False) if day.day < self.first else (next_period(period), True)

    def open_on(self, day: date) -> bool:
        """True on the days of the window."""
        return self.first <= day.day <= self.last

"""Months of partitions: which are made ahead, and which have been kept long enough."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

# A job that fails for two months harms nothing; what comes for no month is stored all the same.
BEHIND, AHEAD = 1, 3


def shifted(month: date, by: int) -> date:
    """The first day of the month so many months later."""
    number = month.year * 12 + month.month - 1 + by
    return date(number // 12, number % 12 + 1, 1)


def wanted(today: date) -> list[date]:
    """First days of the months that must be there."""
    return [shifted(today, by) for by in range(-BEHIND, AHEAD + 1)]


def oldest_kept(today: date, kept: int) -> date:
    """The first day of the oldest month that is kept, with ``kept`` whole months behind the current one."""
    return shifted(today, -kept)


def outlived(months: Iterable[date], today: date, kept: int) -> list[date]:
    """Months that have been kept long enough, oldest first."""
    return sorted(month for month in months if month < oldest_kept(today, kept))

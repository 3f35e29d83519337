"""What is unusual for this customer (MT-4): use against the own history of the same season, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

# The floor of a profile is for so many days.
FLOOR_DAYS = 30
# Steps whose middle lies within so many days of the same day of an earlier year are of the same season.
SEASON = timedelta(days=46)
YEAR = timedelta(days=365)
#: How far back the customer's own history goes: two seasons and what lies around them.
HISTORY = timedelta(days=800)
# For so long an unusual reading waits to be confirmed.
CONFIRM_WITHIN = timedelta(days=10)
# So long before the end its sender is reminded.
REMIND_BEFORE = timedelta(days=3)


@dataclass(frozen=True)
class Step:
    """What a register counted between two readings: units with the ratio applied, over the days up to ``until``."""

    until: date
    days: int
    used: Decimal

    @property
    def middle(self) -> date:
        """The day halfway."""
        return self.until - timedelta(days=self.days // 2)


@dataclass(frozen=True)
class JumpRule:
    """Unusual is what is above ``floor`` units in thirty days, the norm of a household, and above ``factor`` x the
    expected."""

    factor: Decimal
    floor: Decimal

    def norm(self, days: int) -> Decimal:
        """What a household uses in so many days, where nothing is known of the customer."""
        return self.floor * max(days, FLOOR_DAYS) / FLOOR_DAYS

    def unusual(self, used: Decimal, days: int, expected: Decimal | None) -> bool:
        """Is ``used`` in so many days far above what was expected? None: nothing is known of the customer."""
        return used > self.norm(days) and (expected is None or used > self.factor * expected)


def expected(steps: Sequence[Step], until: date, days: int) -> Decimal | None:
    """What the customer's own history makes of so many days up to ``until``; None without a history.

    Where there are steps of the same season of earlier years, their daily use; else that of the last year.
    """
    now = until - timedelta(days=days // 2)
    known = [step for step in steps if step.used >= 0 and step.days > 0]
    season = [step for step in known if _same_season(step.middle, now)]
    chosen = season or [step for step in known if now - step.middle <= YEAR]
    total = sum(step.days for step in chosen)
    if not total:
        return None
    return sum((step.used for step in chosen), Decimal(0)) * max(days, 1) / total


def _same_season(middle: date, now: date) -> bool:
    """About a year ago, or two."""
    return any(abs(now - middle - years * YEAR) <= SEASON for years in (1, 2))

"""Events of loyalty."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from contracts.events.base import Event
from contracts.events.staff import _StaffAction


class _LoyaltyEvent(Event, frozen=True, kw_only=True):
    source: ClassVar[str] = "loyalty"
    account: str
    provider: str
    at: datetime
    points: int
    level: str

    def aggregate(self) -> str:
        return self.account


class PointsAwarded(_LoyaltyEvent, frozen=True, kw_only=True):
    """A criterion gave points (LY-2). ``points`` is the new total, ``awarded`` what this one gave."""

    criterion: str
    awarded: int
    period: str | None = None


class LevelChanged(_LoyaltyEvent, frozen=True, kw_only=True):
    """The account has another level (LY-3)."""

    previous: str


class StaffActed(_StaffAction, frozen=True, kw_only=True):
    """A member of staff did or read something in loyalty (ID-10)."""

    source: ClassVar[str] = "loyalty"

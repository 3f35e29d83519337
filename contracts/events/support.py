"""Events of support."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from contracts.events.base import Event
from contracts.events.staff import _StaffAction


class AppealOpened(Event, frozen=True, kw_only=True):
    """A person wrote to the supplier (SP-1)."""

    source: ClassVar[str] = "support"
    appeal: str
    person: str
    kind: str
    priority: int
    at: datetime

    def aggregate(self) -> str:
        return self.appeal


class AppealAnswered(Event, frozen=True, kw_only=True):
    """Staff answered an appeal (SP-1)."""

    source: ClassVar[str] = "support"
    appeal: str
    person: str
    at: datetime

    def aggregate(self) -> str:
        return self.appeal


class StaffActed(_StaffAction, frozen=True, kw_only=True):
    """A member of staff did or read something in support (ID-10)."""

    source: ClassVar[str] = "support"

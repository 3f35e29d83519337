"""Events of notifications."""

from __future__ import annotations

from typing import ClassVar

from contracts.events.staff import _StaffAction


class StaffActed(_StaffAction, frozen=True, kw_only=True):
    """A member of staff did or read something in notifications (ID-10)."""

    source: ClassVar[str] = "notifications"

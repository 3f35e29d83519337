"""The clock is a dependency: a test or a demo can set it, and then every process of the system agrees."""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Protocol


class Clock(Protocol):
    """Tells the time, always aware."""

    #: Can it jump, other than by minutes that pass?
    can_be_set: bool

    def now(self) -> datetime:
        """Now, in UTC."""

    def was_set(self) -> bool:
        """Was it, since this was last asked? Cheap: no more than a look at a file."""


class SystemClock:
    """The machine's clock."""

    can_be_set = False

    def was_set(self) -> bool:
        """No: whoever corrects the machine's clock by a little does not make it jump."""
        return False

    def now(self) -> datetime:
        """Now, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """Stands still until moved; for unit tests."""

    can_be_set = True

    def __init__(self, moment: datetime) -> None:
        self.moment = self._seen = moment

    def was_set(self) -> bool:
        """By whoever has it."""
        seen, self._seen = self._seen, self.moment
        return seen != self.moment

    def now(self) -> datetime:
        """The set moment."""
        return self.moment


class FileClock:
    """Runs at normal speed from a moment named in a file; without the file it is the machine's clock.

    The file holds the moment (ISO 8601); its modification time is when that moment was now. The file is looked at
    four times a second at most.
    """

    can_be_set = True

    def __init__(self, path: str) -> None:
        self._path = path
        self._checked = 0.0
        self._offset = timedelta(0)
        self._stamp = self._look()

    def now(self) -> datetime:
        """Now, shifted as the file says."""
        tick = time.monotonic()
        if tick - self._checked > 0.25:
            self._checked = tick
            self._offset = self._read()
        return datetime.now(UTC) + self._offset

    def was_set(self) -> bool:
        """Did anybody write the file, or take it away?"""
        before, self._stamp = self._stamp, self._look()
        if before == self._stamp:
            return False
        self._checked = 0.0
        return True

    def _look(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino

    def _read(self) -> timedelta:
        try:
            with open(self._path, encoding="ascii") as file:
                moment = datetime.fromisoformat(file.read().strip())
                set_at = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
            return moment - set_at
        except (OSError, ValueError, TypeError):
            # Not there, not a moment, or one without its zone.
            return timedelta(0)


def set_file_clock(path: str, moment: datetime | None) -> None:
    """Set the clock that FileClocks of this path follow; ``None`` gives the machine's clock back."""
    if moment is None:
        if os.path.exists(path):
            os.remove(path)
        return
    fresh = f"{path}.new"
    with open(fresh, "w", encoding="ascii") as file:
        file.write(moment.isoformat())
    os.replace(fresh, path)


def local_day(moment: datetime, zone: tzinfo) -> date:
    """The calendar day of a moment in a provider's time zone."""
    return moment.astimezone(zone).date()

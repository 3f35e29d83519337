"""The clock is a dependency: a test or a demo can set it, and then every process of the system agrees."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Protocol


class Clock(Protocol):
    """Tells the time, always aware."""

    #: Called after it was made to jump; a FileClock has to be told (see ClockWatch).
    on_set: list[Callable[[], None]]

    def now(self) -> datetime:
        """Now, in UTC."""


class SystemClock:
    """The machine's clock. Whoever corrects it by a little does not make it jump."""

    def __init__(self) -> None:
        self.on_set: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """Now, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """Stands still until moved; for unit tests."""

    def __init__(self, moment: datetime) -> None:
        self.on_set: list[Callable[[], None]] = []
        self._moment = moment

    @property
    def moment(self) -> datetime:
        """What it shows. Setting it calls ``on_set``."""
        return self._moment

    @moment.setter
    def moment(self, moment: datetime) -> None:
        self._moment = moment
        for react in self.on_set:
            react()

    def now(self) -> datetime:
        """The set moment."""
        return self.moment


class FileClock:
    """Runs at normal speed from a moment named in a file; without the file it is the machine's clock.

    The file holds the moment (ISO 8601); its modification time is when that moment was now. The file is looked at
    four times a second at most.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.on_set: list[Callable[[], None]] = []
        self._checked = 0.0
        self._offset = timedelta(0)

    def now(self) -> datetime:
        """Now, shifted as the file says."""
        tick = time.monotonic()
        if tick - self._checked > 0.25:
            self._checked = tick
            self._offset = self._read()
        return datetime.now(UTC) + self._offset

    def was_set(self) -> None:
        """Somebody who follows the file saw it change."""
        self._checked = 0.0
        for react in self.on_set:
            react()

    def _read(self) -> timedelta:
        try:
            with open(self.path, encoding="ascii") as file:
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

"""Starts again what has died, with growing pauses, and says so."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Protocol

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
#: What has lived this long after a restart is well again: its next death is a first one.
_WELL_AFTER = 60.0
#: Whoever ends is noticed by its signal; this is for a signal that came between two looks.
_LOOK_AFTER = 5.0


class Watched(Protocol):
    """What can be watched."""

    @property
    def alive(self) -> bool: ...

    def start(self) -> None: ...


class Watcher:
    """Looks after processes by name; `look` is to be called when one may have ended, and when it says."""

    def __init__(
        self,
        watched: Mapping[str, Watched],
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._watched = watched
        self._say = say
        self._clock = clock
        self._deaths: dict[str, int] = {}
        self._restart_at: dict[str, float] = {}
        self._restarted_at: dict[str, float] = {}

    def look(self) -> float:
        """Note who has died since the last look; start again those whose pause is over. Seconds until the next look,
        if nobody dies before."""
        now = self._clock()
        for name, process in self._watched.items():
            if process.alive:
                continue
            if name not in self._restart_at:
                pause = self._pause(name, now)
                self._restart_at[name] = now + pause
                self._say(f"{name} has died; starting it again in {pause:.0f} s")
            elif now >= self._restart_at[name]:
                del self._restart_at[name]
                self._restarted_at[name] = now
                process.start()
                self._say(f"{name} was started again")
        return min((at - now for at in self._restart_at.values()), default=_LOOK_AFTER)

    def _pause(self, name: str, now: float) -> float:
        if now - self._restarted_at.get(name, now) > _WELL_AFTER:
            self._deaths[name] = 0
        deaths = self._deaths.get(name, 0)
        self._deaths[name] = deaths + 1
        return min(_FIRST_PAUSE * 2.0**deaths, _LONGEST_PAUSE)

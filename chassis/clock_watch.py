"""Follows the file of a clock that can be set, and costs nothing while nobody sets it."""

from __future__ import annotations

import os
from typing import Any

import structlog
from asyncinotify import InitFlags, Inotify, Mask
from nameko.extensions import SharedExtension

from chassis.clock import FileClock

log = structlog.get_logger(__name__)

CHANGES = Mask.CLOSE_WRITE | Mask.MOVE | Mask.DELETE


class ClockWatch(SharedExtension):
    """Tells a FileClock of the process that its file was written or taken away.

    Where the kernel has no inotify left to give, whoever looks at the clock every few seconds finds it changed then.
    """

    def start(self) -> None:
        """Begin to follow, if there is a file."""
        clock = self.container.config["clock"]
        self._task: Any = None
        if isinstance(clock, FileClock):
            self._task = self.container.spawn_managed_thread(lambda: follow(clock), identifier="clock watch")

    def stop(self) -> None:
        """Follow no more."""
        if self._task is not None:
            self._task.kill()


def follow(clock: FileClock) -> None:
    """Tell the clock of every change of its file, for ever. Only in a greenlet."""
    folder, name = os.path.split(os.path.abspath(clock.path))
    try:
        # Not to block, so that eventlet's read lets others run until there is something.
        notify = Inotify(flags=InitFlags.CLOEXEC | InitFlags.NONBLOCK)
        notify.add_watch(folder, CHANGES)
    except OSError as error:
        log.warning("clock_not_watched", error=type(error).__name__)
        return
    with notify:
        for event in notify:
            if str(event.name) == name:
                clock.was_set()

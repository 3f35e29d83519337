"""Who may use which processor core while the system comes up.

The broker's start is the longest thread of work; whatever the others do on its core, everybody waits for in the end.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path


def leave_one(pids: Iterable[int]) -> None:
    """These processes leave one core alone, where there are several."""
    every = _allowed()
    if len(every) > 1:
        _confine(pids, every - {min(every)})


def share_all(pids: Iterable[int]) -> None:
    """They may use all again."""
    if len(every := _allowed()) > 1:
        _confine(pids, every)


def _allowed() -> set[int]:
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


def _confine(pids: Iterable[int], cores: set[int]) -> None:
    for pid in pids:
        with contextlib.suppress(OSError):  # it has ended
            for thread in Path(f"/proc/{pid}/task").iterdir():
                os.sched_setaffinity(int(thread.name), cores)

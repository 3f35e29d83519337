"""Waiting for something that tells nobody when it happens."""

from __future__ import annotations

import time
from collections.abc import Callable


def poll(check: Callable[[], bool], timeout: float) -> bool:
    """Ask `check` again and again, first often, then less so, until it is true or the time (seconds) is up."""
    deadline = time.monotonic() + timeout
    pause = 0.02
    while not check():
        if time.monotonic() >= deadline:
            return False
        time.sleep(pause)
        pause = min(pause * 1.25, 0.2)
    return True

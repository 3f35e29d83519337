"""Waiting for what must become true."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import eventlet

T = TypeVar("T")

#: Seconds for what takes a moment on an idle machine. It is only spent where something is wrong, so it is long: a
#: shared machine may be five times slower than a developer's, and stand still now and then.
PATIENCE = 60.0


def eventually(check: Callable[[], T], timeout: float = PATIENCE, every: float = 0.02) -> T:
    """Ask again and again until the answer is true, and return it. A ``timeout`` is given only to test that it is kept.

    A failing ``assert`` inside ``check`` counts as not yet; the last one is raised when the time is up.
    """
    deadline = time.monotonic() + timeout
    while True:
        failure: AssertionError | None = None
        try:
            answer = check()
            if answer:
                return answer
        except AssertionError as error:
            failure = error
        if time.monotonic() >= deadline:
            raise failure or AssertionError(f"not true within {timeout} s: {check}")
        eventlet.sleep(every)


def stays(check: Callable[[], object], during: float, every: float = 0.05) -> None:
    """Fail if it is not true at any moment of the time.

    For what must not happen. Whatever ends such a state by right has to be far away, or in the test's hands.
    """
    deadline = time.monotonic() + during
    while time.monotonic() < deadline:
        assert check()
        eventlet.sleep(every)

"""An end for calls of libraries that have none of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import eventlet


class TimedOutError(Exception):
    """The call did not come back in time. (A bare eventlet.Timeout is a BaseException and escapes handlers.)"""


def within(seconds: float, function: Callable[[], Any]) -> Any:
    """The function's result. Raises TimedOutError; works for anything that waits on green sockets."""
    with eventlet.Timeout(seconds, TimedOutError(f"no answer within {seconds} s")):
        return function()

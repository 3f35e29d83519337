"""Work that keeps a core busy and would stop the loop (argon2, a PDF): in threads, a few at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import eventlet.tpool
from eventlet.semaphore import Semaphore

Result = TypeVar("Result")

# More at once would only take each other's cores, and memory (argon2: 64 MB each).
AT_ONCE = 2
_room = Semaphore(AT_ONCE)


def offload(work: Callable[..., Result], *arguments: object) -> Result:
    """The result of the work, or its exception; other greenlets run meanwhile. Past the limit, callers queue."""
    with _room:
        result: Result = eventlet.tpool.execute(work, *arguments)
    return result

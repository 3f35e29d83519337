"""Work that keeps a core busy and would stop the loop (argon2, a PDF): in threads, a few at a time.

The threads, and those that argon2 starts itself, are of a lower priority than the loop: where there are no more cores
than work, others' requests still get theirs first.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TypeVar

import eventlet.patcher
import eventlet.tpool
from eventlet.semaphore import Semaphore

Result = TypeVar("Result")

# More at once would only take each other's cores, and memory (argon2: 64 MB each).
AT_ONCE = 2
NICE = 10
_room = Semaphore(AT_ONCE)
# Of the operating system's threads, not of greenlets.
_threading = eventlet.patcher.original("threading")
_thread = _threading.local()


def offload(work: Callable[..., Result], *arguments: object) -> Result:
    """The result of the work, or its exception; other greenlets run meanwhile. Past the limit, callers queue."""
    with _room:
        result: Result = eventlet.tpool.execute(_politely, work, *arguments)
    return result


def _politely(work: Callable[..., Result], *arguments: object) -> Result:
    if sys.platform == "linux" and not getattr(_thread, "polite", False):
        # Linux keeps a priority for each thread; threads that this one starts inherit it.
        me = _threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, me, max(NICE, os.getpriority(os.PRIO_PROCESS, me)))
        _thread.polite = True
    return work(*arguments)

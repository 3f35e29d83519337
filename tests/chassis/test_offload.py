"""Work that keeps a core busy does not stop the loop."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
import time

import eventlet
import eventlet.patcher
import pytest

from chassis.offload import AT_ONCE, NICE, offload


def _busy(seconds: float) -> int:
    """Burns time in C without the interpreter's lock, as argon2 does."""
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline:
        hashlib.pbkdf2_hmac("sha256", b"x", b"y", 20_000)
    return threading.get_ident()


def test_the_loop_goes_on_while_it_works() -> None:
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        while True:
            eventlet.sleep(0.005)
            ticks += 1

    ticker = eventlet.spawn(tick)
    offload(_busy, 0.7)
    ticker.kill()
    assert ticks > 2  # none, if the work held the loop


def test_a_few_at_a_time() -> None:
    real = eventlet.patcher.original("threading")
    sleep = eventlet.patcher.original("time").sleep
    lock, now, most = real.Lock(), 0, 0

    def work() -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        sleep(0.2)
        with lock:
            now -= 1

    tasks = [eventlet.spawn(offload, work) for _ in range(8)]
    for task in tasks:
        task.wait()
    assert most == AT_ONCE


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process has one priority")
def test_the_loop_comes_first_where_cores_are_short() -> None:
    def mine() -> int:
        return os.getpriority(os.PRIO_PROCESS, eventlet.patcher.original("threading").get_native_id())

    before = mine()
    assert offload(mine) == max(NICE, before)
    assert mine() == before


def test_exceptions_come_through() -> None:
    def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        offload(fail)

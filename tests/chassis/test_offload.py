"""Work that keeps a core busy does not stop the loop."""

from __future__ import annotations

import hashlib
import threading
import time

import eventlet
import eventlet.patcher
import pytest

from chassis.offload import AT_ONCE, offload


def _busy(seconds: float) -> int:
    """Burns time in C without the interpreter's lock, as argon2 does."""
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline:
        hashlib.pbkdf2_hmac("sha256", b"x", b"y", 20_000)
    return threading.get_ident()


def test_the_loop_goes_on_while_it_works() -> None:
    longest, last = 0.0, time.perf_counter()

    def tick() -> None:
        nonlocal longest, last
        while True:
            eventlet.sleep(0.005)
            longest, last = max(longest, time.perf_counter() - last), time.perf_counter()

    ticker = eventlet.spawn(tick)
    eventlet.sleep(0)
    offload(_busy, 0.5)
    eventlet.sleep(0.02)
    ticker.kill()
    assert longest < 0.25


def test_a_few_at_a_time() -> None:
    real = eventlet.patcher.original("threading")
    sleep = eventlet.patcher.original("time").sleep
    lock, now, most = real.Lock(), 0, 0

    def work() -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        sleep(0.05)
        with lock:
            now -= 1

    tasks = [eventlet.spawn(offload, work) for _ in range(8)]
    for task in tasks:
        task.wait()
    assert most == AT_ONCE


def test_exceptions_come_through() -> None:
    def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        offload(fail)

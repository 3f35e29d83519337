"""Measuring calls from greenlets: one after the other, then many in flight."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import eventlet

from benchmarks.peers.payload import WARM_UP


def measure(call: Callable[[], Any], sequential: int, calls: int, in_flight: int) -> dict[str, float]:
    """p50 of sequential calls in ms, and calls a second with so many in flight."""
    _many(call, WARM_UP, in_flight)
    times = []
    for _ in range(sequential):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    began = time.perf_counter()
    done = _many(call, calls, in_flight)
    return {
        "p50_ms": statistics.median(times) * 1000,
        "calls_per_s": done / (time.perf_counter() - began),
    }


def _many(call: Callable[[], Any], calls: int, in_flight: int) -> int:
    each = max(calls // in_flight, 1)

    def work() -> None:
        for _ in range(each):
            call()

    for greenlet in [eventlet.spawn(work) for _ in range(in_flight)]:
        greenlet.wait()
    return each * in_flight

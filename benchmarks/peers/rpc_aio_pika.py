"""RPC by aio-pika's own pattern, JsonRPC, on uvloop; with confirms, as it comes, or without."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from typing import Any

import aio_pika
import uvloop
from aio_pika.patterns import JsonRPC

from benchmarks import support
from benchmarks.peers.payload import ANSWER, REQUEST, SERVICE, WARM_UP


def method(confirms: bool) -> str:
    """A queue for each way."""
    return f"{SERVICE}_aio_pika_{confirms}"


async def echo(**kwargs: Any) -> Any:
    """The 1 KB, from memory."""
    return ANSWER


async def serve(url: str, workers: int, confirms: bool) -> None:
    """Until the end of the process."""
    connection = await aio_pika.connect_robust(url)
    channel = await connection.channel(publisher_confirms=confirms)
    await channel.set_qos(prefetch_count=workers)
    rpc = await JsonRPC.create(channel)
    await rpc.register(method(confirms), echo, auto_delete=True)
    support.report(ready=True)
    await asyncio.Future()


async def call(url: str, sequential: int, calls: int, in_flight: int, confirms: bool) -> None:
    """Measure."""
    connection = await aio_pika.connect_robust(url)
    name = method(confirms)
    rpc = await JsonRPC.create(await connection.channel(publisher_confirms=confirms))

    async def work(count: int) -> None:
        for _ in range(count):
            if await rpc.call(name, REQUEST) != ANSWER:
                raise AssertionError("another answer")

    await asyncio.gather(*(work(WARM_UP // in_flight) for _ in range(in_flight)))
    times = []
    for _ in range(sequential):
        began = time.perf_counter()
        await work(1)
        times.append(time.perf_counter() - began)
    each = max(calls // in_flight, 1)
    began = time.perf_counter()
    await asyncio.gather(*(work(each) for _ in range(in_flight)))
    took = time.perf_counter() - began
    support.report(p50_ms=statistics.median(times) * 1000, calls_per_s=each * in_flight / took)
    await connection.close()


if __name__ == "__main__":
    given = support.arguments()
    roles: dict[str, Callable[..., Any]] = {"serve": serve, "call": call}
    uvloop.run(roles[given.pop("role")](**given))

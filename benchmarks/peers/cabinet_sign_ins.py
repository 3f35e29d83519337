"""Connections on each of which one person after another signs in."""

from __future__ import annotations

import asyncio
import itertools
import time

import httpx

from benchmarks import support


async def load(
    port: int, logins: list[str], password: str, connections: int, requests: int
) -> dict[str, float]:
    """How many a second, and how long each took. The addresses are others each time: limits count them."""
    addresses = (f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in itertools.count(int(time.time())))
    names, left, times = itertools.cycle(logins), iter(range(requests)), []
    limits = httpx.Limits(max_connections=connections)
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}/api/v1", timeout=60, limits=limits
    ) as client:

        async def person() -> None:
            for _ in left:
                began = time.perf_counter()
                answer = await client.post(
                    "/sessions",
                    json={"login": next(names), "password": password},
                    headers={"X-Forwarded-For": next(addresses)},
                )
                answer.raise_for_status()
                times.append(time.perf_counter() - began)

        began = time.perf_counter()
        await asyncio.gather(*(person() for _ in range(connections)))
    return {
        "requests_per_s": requests / (time.perf_counter() - began),
        "p50_ms": support.quantile(times, 0.5) * 1000,
        "p99_ms": support.quantile(times, 0.99) * 1000,
    }


if __name__ == "__main__":
    support.report(**asyncio.run(load(**support.arguments())))

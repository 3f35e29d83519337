"""Connections on each of which readings of one meter after another are sent, each a little above the last."""

from __future__ import annotations

import asyncio
import time
import uuid

import httpx

from benchmarks import support


async def load(
    port: int, headers: dict[str, str], meters: list[str], first: float, connections: int, requests: int
) -> dict[str, float]:
    """How many a second, and how long each took. No two connections share a meter."""
    left, times = iter(range(requests)), []
    limits = httpx.Limits(max_connections=connections)
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}/api/v1", timeout=60, limits=limits, headers=headers
    ) as client:

        async def person(mine: list[str]) -> None:
            for number in left:
                began = time.perf_counter()
                answer = await client.post(
                    f"/meters/{mine[number % len(mine)]}/readings",
                    json={"values": {"1.8.0": round(first + number / 1000, 3)}},
                    headers={"Idempotency-Key": str(uuid.uuid4())},
                )
                answer.raise_for_status()
                if answer.json()["preliminary"] is None:
                    raise RuntimeError(answer.text)
                times.append(time.perf_counter() - began)

        began = time.perf_counter()
        await asyncio.gather(*(person(meters[number::connections]) for number in range(connections)))
    return {
        "requests_per_s": requests / (time.perf_counter() - began),
        "p50_ms": support.quantile(times, 0.5) * 1000,
        "p99_ms": support.quantile(times, 0.99) * 1000,
    }


if __name__ == "__main__":
    support.report(**asyncio.run(load(**support.arguments())))

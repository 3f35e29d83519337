"""One client that asks for its profile at a steady rate, and people who sign in one after another."""

from __future__ import annotations

import asyncio
import itertools
import time

import httpx

from benchmarks import support

EVERY = 0.02  # seconds between the steady client's requests


async def load(port: int, logins: list[str], password: str, people: int, seconds: float) -> dict[str, float]:
    """What the steady client waited, and how many signed in meanwhile."""
    addresses = (f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in itertools.count(int(time.time())))
    names = itertools.cycle(logins[1:])
    base = f"http://127.0.0.1:{port}/api/v1"
    signed_in = 0
    async with httpx.AsyncClient(
        base_url=base, timeout=60, limits=httpx.Limits(max_connections=100)
    ) as client:

        async def sign_in(login: str) -> str:
            answer = await client.post(
                "/sessions",
                json={"login": login, "password": password},
                headers={"X-Forwarded-For": next(addresses)},
            )
            answer.raise_for_status()
            return str(answer.json()["access_token"])

        token = await sign_in(next(names))
        until = time.perf_counter() + seconds

        async def person() -> None:
            nonlocal signed_in
            while time.perf_counter() < until:
                await sign_in(next(names))
                signed_in += 1

        waited: list[float] = []

        async def ask(due: float) -> None:
            answer = await client.get("/me", headers={"Authorization": f"Bearer {token}"})
            answer.raise_for_status()
            # From when it was due: a server that stands still must not slow down who measures it.
            waited.append(time.perf_counter() - due)

        async def steady() -> None:
            asked = []
            due = time.perf_counter()
            while due < until:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                asked.append(asyncio.create_task(ask(due)))
                due += EVERY
            await asyncio.gather(*asked)

        await asyncio.gather(steady(), *(person() for _ in range(people)))
    return {
        "p50_ms": support.quantile(waited, 0.5) * 1000,
        "p99_ms": support.quantile(waited, 0.99) * 1000,
        "signed_in_per_s": signed_in / seconds,
    }


if __name__ == "__main__":
    support.report(**asyncio.run(load(**support.arguments())))

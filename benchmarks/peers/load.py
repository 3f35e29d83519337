"""Keep-alive connections that each send the next GET as soon as the answer is there. Parses no more than it must."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import uvloop

from benchmarks import support

MAX_SECONDS = 120


class Connection(asyncio.Protocol):
    """One connection with one request on its way."""

    def __init__(self, request: bytes, times: list[float], left: list[int]) -> None:
        self._request = request
        self._times = times
        self._left = left
        self._received = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        """Begin."""
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        """Part of an answer, or all of it."""
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if len(body) < int(length):
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self._fail(f"{head[:100]!r} {body[:300]!r}")
            return
        self._times.append(time.perf_counter() - self._began)
        self._received = b""
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """Only the end may do this."""
        self._fail(f"connection lost: {exc}")

    def _fail(self, why: str) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError(why))

    def _send(self) -> None:
        if self._left[0] <= 0:
            if not self.done.done():
                self.done.set_result(None)
            self._transport.close()
            return
        self._left[0] -= 1
        self._began = time.perf_counter()
        self._transport.write(self._request)


async def load(port: int, path: str, headers: dict[str, str], requests: int, connections: int) -> list[float]:
    """Seconds of each request, the total last."""
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *(f"{k}: {v}" for k, v in headers.items())]
    request = "\r\n".join([*lines, "", ""]).encode()
    times: list[float] = []
    left = [requests]
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    made = [
        await loop.create_connection(lambda: Connection(request, times, left), "127.0.0.1", port)
        for _ in range(connections)
    ]
    async with asyncio.timeout(MAX_SECONDS):
        await asyncio.gather(*(protocol.done for _, protocol in made))
    return [*times, time.perf_counter() - began]


async def main(port: int, path: str, headers: dict[str, str], requests: int, connections: int) -> None:
    """Measure, report."""
    *times, took = await load(port, path, headers, requests, connections)
    support.report(
        requests_per_s=len(times) / took,
        p50_ms=support.quantile(times, 0.5) * 1000,
        p99_ms=support.quantile(times, 0.99) * 1000,
    )


if __name__ == "__main__":
    uvloop.run(main(**support.arguments()))

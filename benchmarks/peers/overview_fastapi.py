"""FastAPI on uvicorn and uvloop, with aio-pika speaking nameko's RPC to the same stock services.

To its advantage: orjson, one shared channel, transient messages, no confirms, no acknowledgements of replies.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
import orjson
import uvicorn
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage
from fastapi import FastAPI, Response

from benchmarks import support
from benchmarks.peers.payload import REQUEST


class NamekoClient:
    """Requests to nameko's exchange, replies to a queue of its own there."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._count = itertools.count()

    async def connect(self, url: str) -> None:
        """Make the queue and listen."""
        self._connection = await aio_pika.connect_robust(url)
        channel = await self._connection.channel(publisher_confirms=False)
        self._exchange: AbstractExchange = await channel.declare_exchange(
            "nameko-rpc", aio_pika.ExchangeType.TOPIC, durable=True
        )
        queue = await channel.declare_queue(exclusive=True, auto_delete=True)
        self._replies = queue.name
        await queue.bind(self._exchange, self._replies)
        await queue.consume(self._on_reply, no_ack=True)

    async def close(self) -> None:
        """Disconnect."""
        await self._connection.close()

    async def call(self, service: str, method: str, kwargs: dict[str, Any]) -> Any:
        """Ask and wait."""
        key = str(next(self._count))
        reply = self._waiting[key] = asyncio.get_running_loop().create_future()
        message = aio_pika.Message(
            orjson.dumps({"args": [], "kwargs": kwargs}),
            content_type="application/json",
            content_encoding="utf-8",
            correlation_id=key,
            reply_to=self._replies,
        )
        await self._exchange.publish(message, f"{service}.{method}")
        return await reply

    async def _on_reply(self, message: AbstractIncomingMessage) -> None:
        waiting = self._waiting.pop(message.correlation_id or "", None)
        if waiting is None:
            return
        answer = orjson.loads(message.body)
        if answer["error"] is None:
            waiting.set_result(answer["result"])
        else:
            waiting.set_exception(RuntimeError(str(answer["error"])))


def application(url: str, names: list[str]) -> FastAPI:
    """One route."""
    client = NamekoClient()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await client.connect(url)
        support.report(ready=True)
        yield
        await client.close()

    app = FastAPI(lifespan=lifespan)

    @app.get("/benchmark")
    async def benchmark() -> Response:
        answers = await asyncio.gather(*(client.call(name, "echo", REQUEST) for name in names))
        found = dict(zip(names, answers, strict=True))
        return Response(orjson.dumps(found), media_type="application/json")

    return app


def main(url: str, port: int, names: list[str]) -> None:
    """Until the end of the process."""
    uvicorn.run(
        application(url, names),
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main(**support.arguments())

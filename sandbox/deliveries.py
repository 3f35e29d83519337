"""POSTs that the companies make to the product: repeated with growing pauses until answered with 200."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from sandbox.clock import iso, now
from sandbox.web import dump_json

# Pauses before the repeats, in seconds: about five minutes in all, so that a restart of the receiver is
# survived.
PAUSES = (0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 60, 60, 60)
KEPT = 10_000


@dataclass
class Delivery:
    """One notification on its way.

    `state`: waiting (held back by a fault), sending, delivered, gave_up, dropped (by a fault), no_url.
    `fault` is the kind that was applied. An attempt is {"at", "status"} or {"at", "error"}.
    """

    id: int
    source: str
    event: str
    object_id: str
    url: str | None
    body: Any
    fault: str | None = None
    state: str = "waiting"
    created_at: datetime = field(default_factory=now)
    attempts: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The delivery as GET /inbox/webhooks shows it."""
        return vars(self) | {"created_at": iso(self.created_at)}


class Deliverer:
    """Sends notifications in the background; an async context manager that ends what is under way."""

    def __init__(self) -> None:
        self.records: deque[Delivery] = deque(maxlen=KEPT)
        self._last_id = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Deliverer":
        # No proxy from the environment: receivers are on this machine.
        self._client = httpx.AsyncClient(timeout=10, trust_env=False)
        return self

    async def __aexit__(self, *exception: object) -> None:
        for task in self._tasks:
            task.cancel()
        await self._client.aclose()

    def record(
        self, source: str, event: str, object_id: str, url: str | None, body: Any, fault: str | None = None
    ) -> Delivery:
        """Note a notification; whether and when it is sent is the caller's business."""
        self._last_id += 1
        delivery = Delivery(self._last_id, source, event, object_id, url, body, fault)
        if url is None:
            delivery.state = "no_url"
        self.records.append(delivery)
        return delivery

    def background(self, work: Awaitable[None]) -> None:
        """Run something in the background until the process ends."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def attempt(self, delivery: Delivery) -> bool:
        """POST once; True when the receiver answered 200."""
        if delivery.url is None:
            return True
        delivery.state = "sending"
        attempt: dict[str, Any] = {"at": iso(now())}
        try:
            answer = await self._client.post(
                delivery.url, content=dump_json(delivery.body), headers={"Content-Type": "application/json"}
            )
            attempt["status"] = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            attempt["error"] = f"{type(error).__name__}: {error}"
        delivery.attempts.append(attempt)
        if attempt.get("status") == 200:
            delivery.state = "delivered"
        return delivery.state == "delivered"

    async def insist(self, delivery: Delivery, after_first: Callable[[], None] | None = None) -> None:
        """POST until it succeeds or the pauses are used up; `after_first` follows the first attempt."""
        delivered = await self.attempt(delivery)
        if after_first is not None:
            after_first()
        for pause in PAUSES:
            if delivered:
                return
            await asyncio.sleep(pause)
            delivered = await self.attempt(delivery)
        if not delivered:
            delivery.state = "gave_up"

"""A head-end system on the bus, as an outsider: publishes batches with confirms, reads its receipts."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp


class HeadEnd:
    """Speaks for one broker user."""

    def __init__(self, where: dict[str, Any]) -> None:
        parts = urlsplit(where["url"])
        self.name = unquote(parts.username or "")
        self._where = where
        self._connection = amqp.Connection(
            host=f"{parts.hostname}:{parts.port}",
            userid=self.name,
            password=unquote(parts.password or ""),
            virtual_host=unquote(parts.path[1:]),
            login_method="PLAIN",
            confirm_publish=True,
        )
        self._connection.connect()
        self._channel = self._connection.channel()
        self._queue = where["receipts_queue"]
        self._receipts: dict[str, dict[str, Any]] = {}

    def publish(self, readings: list[dict[str, Any]], batch: str | None = None) -> str:
        """Publish a batch; returns its id once the broker has confirmed it."""
        batch = batch or str(uuid.uuid4())
        body = {
            "batch": batch,
            "head_end": self.name,
            "sent_at": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
            "readings": readings,
        }
        message = amqp.Message(
            json.dumps(body), content_type="application/json", delivery_mode=2, user_id=self.name
        )
        self._channel.basic_publish_confirm(
            message, exchange=self._where["exchange"], routing_key=self._where["routing_key"], mandatory=True
        )
        return batch

    def receipt(self, batch: str, wait: float = 60.0) -> dict[str, Any]:
        """The receipt of a batch."""
        until = time.monotonic() + wait
        while batch not in self._receipts:
            message = self._channel.basic_get(self._queue, no_ack=True)
            if message is not None:
                body = json.loads(message.body)
                self._receipts[body["batch"]] = body
            elif time.monotonic() > until:
                raise TimeoutError(f"no receipt within {wait} s")
            else:
                time.sleep(0.02)
        return self._receipts.pop(batch)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

"""The drill's head end: publishes with confirms and gathers receipts, whatever happens to the broker."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp

from deploy.local.names import READINGS_EXCHANGE
from drills.ami_plan import Counts, Message

WINDOW = 50  # messages that wait for their confirms
AGAIN_AFTER = 0.2  # seconds
FAULTS = (OSError, amqp.AMQPError)


class HeadEnd:
    """Two connections, each made anew when it breaks."""

    def __init__(self, url: str, routing_key: str) -> None:
        self._url = url
        self._routing_key = routing_key
        self._name = unquote(urlsplit(url).username or "")
        # A head end may make queues under its own name only.
        self._receipts_queue = f"{self._name}.receipts"
        self._ended = threading.Event()
        self._channel: Any = None
        self._confirmed = 0
        self.published = 0
        #: By batch, the first receipt of each.
        self.receipts: dict[str, Counts] = {}
        self.repeated = 0
        self.differing: list[str] = []
        self._texts: dict[str, bytes] = {}
        #: When each first receipt came (monotonic).
        self.arrivals: list[float] = []
        self._listening = threading.Thread(target=self._listen, name="receipts", daemon=True)

    def start(self) -> None:
        """Empty the queue of receipts, and listen."""
        connection = self._connect()
        connection.channel().queue_purge(self._receipts_queue)
        connection.close()
        self._listening.start()

    def stop(self) -> None:
        """Listen no more."""
        self._ended.set()
        self._listening.join(10)

    # --- publishing ---------------------------------------------------------------------------------------------

    def publish(self, messages: Sequence[Message], deadline: float) -> None:
        """Returns once the broker has confirmed them all. A window that broke is sent again as a whole."""
        window: list[Message] = []
        for message in messages:
            if message.after is not None:
                self._send(window, deadline)
                window = []
                while message.after not in self.receipts:
                    self._in_time(deadline, "a receipt that a correction waits for")
                    time.sleep(0.005)
            window.append(message)
            if len(window) == WINDOW:
                self._send(window, deadline)
                window = []
        self._send(window, deadline)

    def _send(self, window: list[Message], deadline: float) -> None:
        while window:
            self._in_time(deadline, "the broker's confirms")
            try:
                if self._channel is None:
                    self._channel = self._connect().channel()
                    self._channel.confirm_select()
                    self._channel.events["basic_ack"].add(self._on_confirm)
                    self._confirmed = sent = 0
                else:
                    sent = self._confirmed
                for message in window:
                    self._channel.basic_publish(
                        amqp.Message(
                            message.body, content_type="application/json", delivery_mode=2, user_id=self._name
                        ),
                        READINGS_EXCHANGE,
                        self._routing_key,
                    )
                    self.published += 1
                while self._confirmed < sent + len(window):
                    self._channel.connection.drain_events(timeout=5)
                return
            except FAULTS:
                self._channel = None
                time.sleep(AGAIN_AFTER)

    def _on_confirm(self, tag: int, multiple: bool) -> None:
        self._confirmed = max(self._confirmed, tag) if multiple else self._confirmed + 1

    # --- receipts -----------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        while not self._ended.is_set():
            try:
                connection = self._connect()
                channel = connection.channel()
                channel.basic_qos(0, 500, False)
                channel.basic_consume(self._receipts_queue, callback=self._on_receipt)
                while not self._ended.is_set():
                    try:
                        connection.drain_events(timeout=0.5)
                    except TimeoutError:
                        continue
                connection.close()
            except FAULTS:
                time.sleep(AGAIN_AFTER)

    def _on_receipt(self, message: Any) -> None:
        body = message.body if isinstance(message.body, bytes) else message.body.encode()
        said = json.loads(body)
        batch = said["batch"]
        if batch in self.receipts:
            self.repeated += 1
            if body != self._texts[batch]:
                self.differing.append(batch)
        else:
            self._texts[batch] = body
            self.receipts[batch] = Counts(
                said["accepted"],
                said["duplicates"],
                said["corrected"],
                sum(one["values"] for one in said["rejected"]),
            )
            self.arrivals.append(time.monotonic())
        message.channel.basic_ack(message.delivery_tag)

    def wait(self, enough: Callable[[], bool], deadline: float, what: str) -> None:
        """Until it is so."""
        while not enough():
            self._in_time(deadline, what)
            time.sleep(0.002)

    def _connect(self) -> amqp.Connection:
        parts = urlsplit(self._url)
        connection = amqp.Connection(
            f"{parts.hostname}:{parts.port}",
            userid=self._name,
            password=unquote(parts.password or ""),
            virtual_host=unquote(parts.path[1:]),
            login_method="PLAIN",
            connect_timeout=2,
            read_timeout=15,
            write_timeout=5,
        )
        connection.connect()
        return connection

    @staticmethod
    def _in_time(deadline: float, what: str) -> None:
        if time.monotonic() > deadline:
            raise TimeoutError(f"still waiting for {what}")

"""Answers of committed batches: confirmed while the next batches are at work, then acknowledged in order."""

from __future__ import annotations

import contextlib
from collections import deque
from typing import Any

import eventlet
from eventlet.event import Event as GreenEvent
from nameko.exceptions import ContainerBeingKilled

from chassis import metrics
from chassis.amqp.channel import ConnectionDownError, Outgoing, PublishFailedError, SharedChannel
from chassis.amqp.delivery import Delivery

#: Batches whose answers may be on their way at once.
ANSWERING = 2
#: After a connection was lost, in seconds.
PAUSE = 0.2


class Answers:
    """Of one queue's batches."""

    def __init__(self, container: Any, queue: str, channel: SharedChannel) -> None:
        self._container = container
        self._queue = queue
        self._channel = channel
        self._under_way: deque[GreenEvent] = deque()

    def begin(self, deliveries: list[Delivery], answers: list[Outgoing]) -> None:
        """Begin to answer a committed batch; waits while too many are being answered."""
        self.wait(but=ANSWERING - 1)
        before = self._under_way[-1] if self._under_way else None
        done = GreenEvent()
        self._under_way.append(done)
        self._container.spawn_managed_thread(
            lambda: self._send(deliveries, answers, before, done), identifier=f"answers {self._queue}"
        )

    def wait(self, but: int = 0) -> None:
        """Until all batches but so many are answered and acknowledged, or given back."""
        while len(self._under_way) > but:
            self._under_way.popleft().wait()

    def give_back(self, deliveries: list[Delivery]) -> None:
        """They come again."""
        for delivery in deliveries:
            with contextlib.suppress(ConnectionDownError):
                delivery.nack()
        metrics.BATCHED.labels(self._queue, "returned").inc(len(deliveries))

    def _send(
        self,
        deliveries: list[Delivery],
        answers: list[Outgoing],
        before: GreenEvent | None,
        done: GreenEvent,
    ) -> None:
        try:
            self._channel.publish_confirmed(answers)
            if before is not None:
                # An acknowledgement covers all messages up to its own: the batch before has the first word.
                before.wait()
            Delivery.ack_all(deliveries)
            metrics.BATCHED.labels(self._queue, "ok").inc(len(deliveries))
        except ContainerBeingKilled:
            return
        except (ConnectionDownError, PublishFailedError):
            # They belong to a lost connection, or their answers did not get out: again.
            self.give_back(deliveries)
            eventlet.sleep(PAUSE)
        finally:
            done.send(None)

"""Consumes many messages at once: one handler call, one transaction, one acknowledgement for all of them.

What waits in the queue when the last batch is committed makes the next one, so batches grow with the load and a
single message never waits. The handler returns the answers to publish; they go out after its commit and before the
acknowledgement, while the next batch is in the database: a crash in between brings the messages again, and a handler
that knows its batches answers the same. The unacknowledged message is the outbox row here (docs/adr/0006, 0017).

Under a backlog a handler that wants it begins with the next batch while this one is in the database, and waits for its
turn before it writes: what was sent first is stored first (docs/adr/0017).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import eventlet
import structlog
from eventlet.event import Event as GreenEvent
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import Entrypoint

from chassis import context, metrics
from chassis.amqp.channel import ConnectionDownError, PublishFailedError
from chassis.amqp.delivery import Delivery
from chassis.backoff import Backoff
from chassis.batch_answers import ANSWERING, Answers
from chassis.batch_run import BatchRun
from chassis.broker import INSIDE, Ways, find
from chassis.dead_letter import PoisonError, dead_letter, reason_of
from chassis.dead_letter_watch import DeadLetterWatch
from chassis.errors import is_transient
from chassis.outside_broker import OutsideBroker

log = structlog.get_logger(__name__)

Declare = Callable[[Any], None]
Read = Callable[[Delivery], Any]
Turn = Callable[[], None]
MAX_MESSAGES = 512
# One batch is in the database, those wait for their confirms, and two are read ahead.
PREFETCHED = ANSWERING + 3
# Of message bodies in one transaction; a larger message comes alone.
MAX_BYTES = 8_000_000
PAUSE_FIRST, MAX_PAUSE = 0.2, 5.0


class _Waiting(NamedTuple):
    delivery: Delivery
    item: Any
    poison: Exception | None


class Batches(Entrypoint):
    """``method(self, items) -> list[Outgoing]``, committed before it returns.

    ``read`` makes an item of each delivery as it arrives, while the batch before it is in the database; it must not
    block. What it refuses with a PoisonError goes to the dead letters, and its neighbours are not touched. Without it
    the items are the deliveries. A message of more than ``OutsideBroker.largest`` bytes is not read at all, and dead.

    With ``ahead`` it is ``method(self, items, turn)``: it may be called while the batch before it is still at work,
    looks up what it needs, and calls ``turn()`` before it writes; that returns when the batch before is done with.

    A handler that raises is tried again with each message alone; one that still fails goes to the dead letters,
    unless the infrastructure was at fault: then everything waits.

    Answers of a batch are published and confirmed while the next ones are handled; then its messages are acknowledged,
    those of one batch after those of the batch before. Never more than one call of the handler has its turn.
    """

    broker = OutsideBroker()
    expected_exceptions = Exception

    def __init__(
        self,
        queue: str,
        declare: Declare,
        most: int = MAX_MESSAGES,
        read: Read | None = None,
        ahead: bool = False,
        ways: Ways = INSIDE,
    ) -> None:
        self.queue_name = queue
        #: For deployment; the process itself only looks whether the queue is there.
        self.declare = declare
        self.ways = ways
        self._most = most
        self._read = read
        self._may_look_ahead = ahead

    def setup(self) -> None:
        """A channel to consume, and one with confirms for answers and dead letters."""
        self._waiting: deque[_Waiting] = deque()
        self._wake = GreenEvent()
        self._channel = self.broker.connection.channel(
            prefetch=PREFETCHED * self._most,
            declare=lambda channel: find(channel, queues=[self.queue_name]),
            on_down=self._waiting.clear,
        )
        self._channel.consume(self.queue_name, self._on_delivery)
        self._channel_out = self.broker.connection.channel(confirms=True)
        self._answers = Answers(self.container, self.queue_name, self._channel_out)
        config = self.container.config
        self._dead = DeadLetterWatch(
            config["OUTSIDE_AMQP_URI"], self.queue_name, config["dead_letters_limit"]
        )
        self._stopping = False
        self._ahead: tuple[list[_Waiting], BatchRun | None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = self.container.spawn_managed_thread(self._loop, identifier=f"batches {self.queue_name}")

    def stop(self) -> None:
        """Finish the batch in hand and its answers; what was not begun goes back to the queue."""
        self._channel.cancel()
        self._stopping = True
        self._signal()
        with eventlet.Timeout(20, False):
            self._task.wait()

    def _on_delivery(self, delivery: Delivery) -> None:
        item: Any = delivery
        poison: Exception | None = None
        if len(delivery.body) > self.broker.largest:
            # Before it is looked into: what a message of any size costs, its sender would choose.
            item, poison = None, PoisonError("too_large")
        elif self._read is not None:
            try:
                item = self._read(delivery)
            except Exception as error:
                item, poison = None, error
        self._waiting.append(_Waiting(delivery, item, poison))
        self._signal()

    def _signal(self) -> None:
        if not self._wake.ready():
            self._wake.send(None)

    def _loop(self) -> None:
        try:
            while not self._stopping:
                if self._ahead is not None:
                    batch, run = self._ahead
                    self._ahead = None
                    self._take(batch, run)
                elif self._waiting:
                    self._take(self._next())
                else:
                    self._wake.wait()
                    self._wake = GreenEvent()
            self._end_ahead()
            self._answers.wait()
        except ContainerBeingKilled:
            return

    def _end_ahead(self) -> None:
        """Of a service that stops: finish what has its turn, call off what has not."""
        batch, run = self._ahead or ([], None)
        if run is None:
            return
        if run.has_turn:
            self._take(batch, run)
        else:
            run.call_off()

    def _next(self) -> list[_Waiting]:
        """Up to the most messages, and no more of them than make a transaction of bearable size."""
        batch: list[_Waiting] = []
        size = 0
        while self._waiting and len(batch) < self._most:
            size += len(self._waiting[0].delivery.body)
            if batch and size > MAX_BYTES:
                break
            batch.append(self._waiting.popleft())
        return batch

    def _take(self, batch: list[_Waiting], run: BatchRun | None = None) -> None:
        try:
            for one in batch:
                if one.poison is not None:
                    self._dead_letter(one.delivery, one.poison)
            readable = [one for one in batch if one.poison is None]
            if readable:
                self._handle(readable, run)
        except (ConnectionDownError, PublishFailedError):
            # A dead letter did not get out: whatever of the batch is still in hand comes again.
            if run is not None:
                run.call_off()
            self._answers.give_back([one.delivery for one in batch])
            eventlet.sleep(PAUSE_FIRST)

    def _handle(self, batch: list[_Waiting], run: BatchRun | None = None, *, more: bool = False) -> None:
        """``run`` is the first try, if it was begun ahead. ``more`` of its batch comes before the next batch."""
        pauses = Backoff(PAUSE_FIRST, MAX_PAUSE)
        while True:
            run = run or self._begin(batch)
            # First of all: to begin with another may have to wait until a worker is free.
            run.give_turn()
            self._look_ahead()
            answers, error = run.outcome()
            run = None
            if error is None:
                if not more:
                    self._pass_turn()
                self._answers.begin([one.delivery for one in batch], answers)
                return
            if not is_transient(error):
                break
            if self._stopping:
                for one in batch:
                    one.delivery.nack()
                return
            log.warning("batch_waits", queue=self.queue_name, error=type(error).__name__, messages=len(batch))
            eventlet.sleep(pauses.next())
        if len(batch) == 1:
            self._dead_letter(batch[0].delivery, error)
            return
        for one in batch:
            self._handle([one], more=True)

    def _pass_turn(self) -> None:
        """To the batch that was begun ahead: at once, so that the database need not wait while answers are made."""
        if self._ahead is not None and self._ahead[1] is not None and not self._stopping:
            self._ahead[1].give_turn()

    def _begin(self, batch: list[_Waiting]) -> BatchRun:
        run = BatchRun()
        call = context.CallContext(traceparent=context.new_traceparent())
        items = [one.item for one in batch]
        self.container.spawn_worker(self, (call, items, run.wait_for_turn), {}, handle_result=run.finished)
        return run

    def _look_ahead(self) -> None:
        """Begin with the next batch if a whole one waits; a smaller one had better grow until its turn."""
        if (
            self._may_look_ahead
            and self._ahead is None
            and len(self._waiting) >= self._most
            and not self._stopping
        ):
            batch = self._next()
            readable = [one for one in batch if one.poison is None]
            self._ahead = batch, self._begin(readable) if readable else None

    def _dead_letter(self, delivery: Delivery, error: Exception) -> None:
        log.error("message_dead", queue=self.queue_name, reason=reason_of(error), exc_info=error)
        self._channel_out.publish_confirmed([dead_letter(self.queue_name, delivery, error, self.ways)])
        delivery.ack()
        metrics.BATCHED.labels(self.queue_name, "dead").inc()
        self._dead.one_more()


_declare = Batches.decorator


def batches(
    queue: str,
    declare: Declare,
    most: int = MAX_MESSAGES,
    read: Read | None = None,
    ahead: bool = False,
    ways: Ways = INSIDE,
) -> Callable[[Callable[..., Any]], Any]:
    """``method(self, items)`` handles what waits in the queue; see Batches."""

    def decorate(method: Callable[..., Any]) -> Any:
        def run(self: Any, call: context.CallContext, items: Sequence[Any], turn: Turn) -> Any:
            context.enter(call)
            if ahead:
                return method(self, items, turn)
            turn()
            return method(self, items)

        run.__name__ = method.__name__
        run.__doc__ = method.__doc__
        return _declare(queue, declare, most, read, ahead, ways)(run)

    return decorate

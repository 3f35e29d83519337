"""A batch in a worker, which may begin before its turn to write."""

from __future__ import annotations

from typing import Any

from eventlet.event import Event as GreenEvent

from chassis.amqp.channel import Outgoing


class BatchRun:
    """A batch in a worker that may begin ahead of its turn."""

    def __init__(self) -> None:
        self._turn = GreenEvent()
        self._done = GreenEvent()

    def wait_for_turn(self) -> None:
        """In the worker. Raises CalledOffError."""
        if not self._turn.wait():
            raise CalledOffError

    @property
    def has_turn(self) -> bool:
        """It handles the batch, or has."""
        return bool(self._turn.ready())

    def give_turn(self) -> None:
        """Let it handle the batch, if it does not yet."""
        if not self._turn.ready():
            self._turn.send(True)

    def outcome(self) -> tuple[list[Outgoing], Exception | None]:
        """Wait for it: its answers, or its failure."""
        outcome: tuple[list[Outgoing], Exception | None] = self._done.wait()
        return outcome

    def call_off(self) -> None:
        """It will not be handled; if it is already, wait for the end of that."""
        if not self._turn.ready():
            self._turn.send(False)
        self._done.wait()

    def finished(self, worker: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
        """nameko's callback."""
        self._done.send((result or [], exc_info[1] if exc_info else None))
        return result, None


class CalledOffError(Exception):
    """The service stops before this batch was begun."""

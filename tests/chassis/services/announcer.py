"""A service that announces events; it dies between publish and delete as often as DIE_AFTER says."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from typing import Any

from authorisation.contexts import ServiceContext, ServiceContextProvider
from authorisation.operations import command
from chassis.amqp.channel import SharedChannel
from chassis.provided import Provided
from contracts.events.support import AppealAnswered
from contracts.rpc.base import Request


class Announce(Request, frozen=True, kw_only=True):
    """Which events, and of how many aggregates."""

    first: int
    count: int
    aggregates: int = 3


class AnnouncerService:
    """Named like the owner of its events."""

    name = "support"
    service: ServiceContext = ServiceContextProvider()
    mark: str = Provided(lambda config: arrange_death(config["env"].text("DIE_ONCE", "")))

    @command
    def announce(self, call: Any, request: Announce) -> Any:
        """Emit numbered events."""
        for number in range(request.first, request.first + request.count):
            appeal = f"a{number % request.aggregates}"
            call.tx.emit(AppealAnswered(appeal=appeal, person=str(number), at=datetime.now(UTC)))
        return request.count

    @command
    def announce_and_fail(self, call: Any, request: Announce) -> Any:
        """Emit, then raise."""
        call.tx.emit(AppealAnswered(appeal="never", person="-1", at=datetime.now(UTC)))
        raise ValueError


def arrange_death(mark: str) -> str:
    """If the file ``mark`` is there, die by SIGKILL right after the next publish is confirmed."""
    if mark:
        publish = SharedChannel.publish_confirmed

        def publish_and_die(self: SharedChannel, messages: Any, wait: float = 10.0) -> None:
            publish(self, messages, wait)
            if os.path.exists(mark):
                os.remove(mark)
                os.kill(os.getpid(), signal.SIGKILL)

        SharedChannel.publish_confirmed = publish_and_die  # type: ignore[method-assign]
    return mark

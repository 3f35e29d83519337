"""Sessions that have ended while access tokens of theirs are still good (ID-3, drill 20).

Tokens are verified without a call, so identity is asked every few seconds which sessions ended, and their tokens are
refused until they would have expired anyway. What ends through this gateway counts here at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import eventlet
import structlog
from prometheus_client import Counter, Gauge

from authorisation.subject import ServiceTokens
from chassis import context
from chassis.errors import as_cabinet_error
from chassis.rpc.client import RemoteService
from chassis.wakeup import until_beat

log = structlog.get_logger(__name__)

EVERY = 10.0
#: Until identity was heard for the first time.
EVERY_AT_FIRST = 1.0
DEADLINE = 5.0
#: How long access tokens live, until identity says it, and how much longer an end is kept: clocks differ.
LIFE, SLACK = 600.0, 60.0

POLLS = Counter("revocation_polls_total", "Times identity was asked for ended sessions", ["outcome"])
KNOWN = Gauge("revoked_sessions", "Ended sessions whose tokens are refused")
HEARD = Gauge("revocations_heard_timestamp_seconds", "When identity last told which sessions ended")


class Revocations:
    """Ids of ended sessions, each for as long as an access token of it could live."""

    def __init__(self, tick: Callable[[], float] = time.monotonic) -> None:
        self._tick = tick
        self._until: dict[str, float] = {}
        self.life = LIFE

    def __contains__(self, session: str) -> bool:
        until = self._until.get(session)
        return until is not None and until > self._tick()

    def __len__(self) -> int:
        return len(self._until)

    def add(self, sessions: Iterable[str]) -> None:
        """These have ended. One that is known already is not kept longer for being told again."""
        until = self._tick() + self.life + SLACK
        for session in sessions:
            self._until.setdefault(session, until)
        KNOWN.set(len(self._until))

    def forget(self) -> None:
        """Whose tokens have all expired."""
        now = self._tick()
        self._until = {session: until for session, until in self._until.items() if until > now}
        KNOWN.set(len(self._until))


class RevocationWatch:
    """Asks identity, in the gateway's own name. While identity is away, what is known holds on."""

    def __init__(
        self, known: Revocations, identity: RemoteService, tokens: ServiceTokens, every: float = EVERY
    ) -> None:
        self._known = known
        self._identity = identity
        self._tokens = tokens
        self._every = every
        self._after = 0
        self._heard = False

    def run(self) -> None:
        """For ever."""
        while True:
            self.look()
            eventlet.sleep(until_beat(self._every) if self._heard else min(self._every, EVERY_AT_FIRST))

    def look(self) -> bool:
        """Ask once. False if identity could not be asked."""
        context.enter(
            context.CallContext(subject=self._tokens.current(), traceparent=context.new_traceparent())
        )
        try:
            answer: dict[str, Any] = self._identity.ended_sessions(after=self._after)
            self._known.life = float(answer["life"])
            self._known.add(answer["sessions"])
            self._after = answer["next"]
        except Exception as error:
            code = as_cabinet_error(error).code
            POLLS.labels(code).inc()
            log.warning("revocations_not_heard", code=code)
            return False
        self._known.forget()
        self._heard = True
        POLLS.labels("ok").inc()
        HEARD.set_to_current_time()
        return True

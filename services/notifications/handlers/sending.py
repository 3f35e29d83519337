"""Sending: a dispatch is leased in one transaction, sent outside any, and its result noted in another (NT-3)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog
from prometheus_client import Counter, Histogram

from authorisation.contexts import ServiceContext
from chassis.background_jobs import within
from chassis.clock import Clock
from chassis.database import Database
from chassis.errors import is_transient
from chassis.metrics import FAST
from chassis.sealing import SealBrokenError
from services.notifications import store
from services.notifications.configuration import NotificationTools, notification_tools
from services.notifications.domain import states
from services.notifications.domain.attempts import LANES, pause_after
from services.notifications.domain.failures import BouncedError, PutOffError, RefusedError
from services.notifications.domain.letters import Letter
from services.notifications.handlers.telling import TOPIC
from services.notifications.store import Row

log = structlog.get_logger(__name__)

DISPATCHES = Counter("dispatches_total", "Attempts to deliver", ["channel", "kind", "outcome"])
SENDING = Histogram("dispatch_sending_seconds", "How long the other side took", ["channel"], buckets=FAST)

# A lease outlives the sending and the noting, so that nobody sends the same meanwhile.
LEASE = timedelta(seconds=75)
SEND_WITHIN = 25.0
NOTE_WITHIN = 30.0


class Sending:
    """The job (see chassis.background_jobs)."""

    topic = TOPIC
    lanes = LANES

    def __init__(self, database: Database, clock: Clock, tools: NotificationTools) -> None:
        self._database = database
        self._clock = clock
        self._tools = tools

    def claim(self, lane: str, most: int) -> Sequence[Row]:
        """Lease dispatches of the lane."""
        with self._database.transaction() as tx:
            return store.claim_dispatches(tx, lane, most, LEASE)

    def next_due(self, lane: str) -> float | None:
        """Seconds until the lane has something to send."""
        with self._database.snapshot() as tx:
            return store.next_due(tx, lane)

    def carry_out(self, item: Row) -> None:
        """Send it and note the result."""
        address, outcome, reason = self._send(item)
        pause = None
        if outcome == states.PUT_OFF:
            pause = pause_after(item["attempts"], item["urgent"])
            outcome = states.PUT_OFF if pause is not None else states.GIVEN_UP
        DISPATCHES.labels(item["channel"], item["kind"], outcome).inc()
        if outcome != states.SENT:
            log.warning(
                "dispatch",
                kind=item["kind"],
                channel=item["channel"],
                outcome=outcome,
                reason=reason,
                attempt=item["attempts"],
            )
        self._note(item, outcome, reason, pause, address)

    def _send(self, row: Row) -> tuple[str, str, str]:
        """Address, outcome and reason."""
        if row["expires_at"] is not None and row["expires_at"] <= self._clock.now():
            return "", states.GIVEN_UP, "expired"
        try:
            secret = self._tools.seal.open(row["sealed"]) if row["sealed"] else {}
        except SealBrokenError:
            return "", states.GIVEN_UP, "seal_broken"
        address = secret.get("address") or row["address"]
        if not address:
            return "", states.GIVEN_UP, "no_contact"
        if row["bounced_at"] is not None:
            return address, states.GIVEN_UP, "contact_bounced"
        try:
            book = self._tools.phrasebook(row["language"])
            text = book.write(row["kind"], {**row["values"], **secret})
            letter = Letter(str(row["id"]), address, book.language, text)
            with SENDING.labels(row["channel"]).time(), within(SEND_WITHIN, PutOffError("too_slow")):
                self._tools.senders[row["channel"]].send(letter)
        except PutOffError as error:
            return address, states.PUT_OFF, error.reason
        except BouncedError as error:
            return address, states.BOUNCED, error.reason
        except RefusedError as error:
            return address, states.GIVEN_UP, error.reason
        except Exception:
            log.error("dispatch_failed", kind=row["kind"], channel=row["channel"], exc_info=True)
            return address, states.PUT_OFF, "internal_error"
        return address, states.SENT, ""

    def _note(self, row: Row, outcome: str, reason: str, pause: timedelta | None, address: str) -> None:
        """Into the database, which may be away for a moment: what was sent must not be sent again."""
        state = states.DISPATCH.move(row["state"], outcome)
        give_up_at = time.monotonic() + NOTE_WITHIN
        while True:
            now = self._clock.now()
            try:
                with self._database.transaction() as tx:
                    store.note_dispatch(
                        tx,
                        str(row["id"]),
                        row["attempts"],
                        state=state,
                        reason=reason,
                        pause=pause,
                        finished_at=now if state in states.DISPATCH.final else None,
                    )
                    if outcome == states.BOUNCED and row["contact"] is not None:
                        store.mark_bounced(tx, row["person"], row["contact"], address, now)
                return
            except Exception as error:
                if not is_transient(error) or time.monotonic() > give_up_at:
                    raise
                time.sleep(0.3)


def sending(config: dict[str, Any], service: ServiceContext) -> Sending:
    """The job of a container."""
    return Sending(service.database, service.clock, notification_tools(config))

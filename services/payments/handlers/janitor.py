"""Payments that nothing was heard of: their system is asked, whether a webhook came or not (PY-8).

Several at once, so that a system that takes its time, or many lost webhooks, hold up nobody for long.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import structlog

from authorisation.contexts import ServiceContext
from contracts.errors import CabinetError
from services.payments import store
from services.payments.configuration import PaymentTools
from services.payments.domain.pauses import until_asked_again
from services.payments.handlers.creating import register
from services.payments.handlers.webhooks import ask
from services.payments.ports.payment_systems import SystemRefusedError, SystemUnavailableError

log = structlog.get_logger(__name__)

#: Of a claim; longer than a payment system may take.
LEASE: Final = timedelta(seconds=60)
#: Systems asked at once.
WIDTH: Final = 16


class Janitor:
    """The job (see chassis.background_jobs)."""

    topic = "open_payments"
    lanes: Final = {"open_payments": WIDTH}

    def __init__(self, service: ServiceContext, tools: PaymentTools) -> None:
        self._service = service
        self._tools = tools

    def claim(self, lane: str, most: int) -> Sequence[Any]:
        """Open payments whose time has come."""
        with self._service.begin() as ctx:
            return store.claim_open(ctx.tx, ctx.now, LEASE, most)

    def next_due(self, lane: str) -> float | None:
        """Seconds until the next one's."""
        with self._service.database.snapshot() as tx:
            return store.until(store.next_open(tx), self._service.clock.now())

    def carry_out(self, item: Any) -> None:
        """Finish what was cut off, ask about what is open, and put it off unless that settled it."""
        try:
            if item["external_id"] is None:
                register(self._service, self._tools, item)
            else:
                ask(self._service, self._tools, item["system"], item["external_id"])
        except (CabinetError, SystemUnavailableError, SystemRefusedError) as error:
            log.warning("payment_still_open", payment=item["payment"], error=type(error).__name__)
        with self._service.begin() as ctx:
            store.put_off(ctx.tx, item["payment"], item["asked"], ctx.now + until_asked_again(item["asked"]))

"""Payments that nothing was heard of: their system is asked, whether a webhook came or not (PY-8).

Several at once, so that a system that takes its time, or many lost webhooks, hold up nobody for long.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import structlog

from chassis.house import HouseTools
from contracts.errors import CabinetError
from services.payments import store
from services.payments.adapters.systems import SystemRefusedError, SystemUnavailableError
from services.payments.configuration import PaymentTools
from services.payments.domain.pauses import until_asked_again
from services.payments.handlers.creating import register
from services.payments.handlers.webhooks import ask

log = structlog.get_logger(__name__)

#: Of a claim; longer than a payment system may take.
LEASE: Final = timedelta(seconds=60)
#: Systems asked at once.
WIDTH: Final = 16


class Janitor:
    """The errand (see chassis.errands)."""

    topic = "open_payments"
    lanes: Final = {"open_payments": WIDTH}

    def __init__(self, house: HouseTools, tools: PaymentTools) -> None:
        self._house = house
        self._tools = tools

    def claim(self, lane: str, most: int) -> Sequence[Any]:
        """Open payments whose time has come."""
        with self._house.begin() as call:
            return store.claim_open(call.tx, call.now, LEASE, most)

    def next_due(self, lane: str) -> float | None:
        """Seconds until the next one's."""
        with self._house.database.snapshot() as tx:
            return store.until(store.next_open(tx), self._house.clock.now())

    def carry_out(self, item: Any) -> None:
        """Finish what was cut off, ask about what is open, and put it off unless that settled it."""
        try:
            if item["external_id"] is None:
                register(self._house, self._tools, item["payment"])
            else:
                ask(self._house, self._tools, item["system"], item["external_id"])
        except (CabinetError, SystemUnavailableError, SystemRefusedError) as error:
            log.warning("payment_still_open", payment=item["payment"], error=type(error).__name__)
        with self._house.begin() as call:
            store.put_off(
                call.tx, item["payment"], item["asked"], call.now + until_asked_again(item["asked"])
            )

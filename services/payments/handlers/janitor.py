"""Payments that nothing was heard of: their system is asked, whether a webhook came or not (PY-8)."""

from __future__ import annotations

from datetime import timedelta

import structlog

from chassis.house import HouseTools
from contracts.errors import CabinetError
from services.payments import store
from services.payments.adapters.systems import SystemRefusedError, SystemUnavailableError
from services.payments.configuration import PaymentTools
from services.payments.handlers.creating import register
from services.payments.handlers.webhooks import ask

log = structlog.get_logger(__name__)

QUIET = timedelta(seconds=15)
PAGE = 20


def look_after(house: HouseTools, tools: PaymentTools) -> int:
    """Finish what was cut off, ask about what is open; the number looked at."""
    with house.begin() as call:
        rows = store.claim_open(call.tx, call.now, QUIET, PAGE)
    for row in rows:
        try:
            if row["external_id"] is None:
                register(house, tools, row["payment"])
            else:
                ask(house, tools, row["system"], row["external_id"])
        except (CabinetError, SystemUnavailableError, SystemRefusedError) as error:
            log.warning("payment_still_open", payment=row["payment"], error=type(error).__name__)
    return len(rows)

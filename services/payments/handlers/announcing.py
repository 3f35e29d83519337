"""Telling that money has come (PY-4), until the ledger has confirmed every part of it.

``payment_succeeded`` may end among the dead letters of billing's queue like any event, and money must not. So payments
hears from ``payment_posted`` what the ledger has, part by part, and announces again what it has not. Billing posts each
part once, however often it is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from prometheus_client import Gauge

from authorisation.contexts import RequestContext, ServiceContext
from chassis.alarms import alarm
from contracts.events.payments import PaymentPart
from contracts.transitions import Edge
from services.payments import store
from services.payments.domain.orders import Part
from services.payments.domain.pauses import until_announced_again
from services.payments.domain.states import PAYMENT

UNPOSTED = Gauge("payments_unposted", "Payments whose money the ledger has not confirmed in time")
UNPOSTED_EDGE = PAYMENT.edge("succeeded", "unposted")
PAGE = 500


def announce(ctx: RequestContext, edge: Edge, row: Any, parts: Sequence[Part]) -> None:
    """Announce a payment that succeeded by the edge, as it stands in ``row``."""
    ctx.tx.emit(
        edge.tell(
            payment=row["payment"],
            at=ctx.now,
            person=row["person"],
            system=row["system"],
            channel=row["channel"],
            currency=row["currency"],
            total=row["total"],
            paid_at=row["paid_at"],
            parts=[
                PaymentPart(account=part.account, provider=part.provider, amount=part.amount)
                for part in parts
            ],
        )
    )


def part_posted(ctx: RequestContext, payment: str, account: str) -> None:
    """The ledger has a part."""
    store.part_posted(ctx.tx, payment, account, ctx.now)


def announce_unposted(service: ServiceContext) -> datetime | None:
    """Announce again what the ledger has not confirmed in time, with an alarm; when the next one is due."""
    while True:
        with service.begin() as ctx:
            rows = store.claim_unposted(ctx.tx, ctx.now, PAGE)
            parts = store.parts_of(ctx.tx, [row["payment"] for row in rows])
            store.set_announced(
                ctx.tx,
                {row["payment"]: ctx.now + until_announced_again(row["announced"] + 1) for row in rows},
            )
            for row in rows:
                announce(ctx, UNPOSTED_EDGE, row, parts[row["payment"]])
                alarm("payment_unposted", payment=row["payment"], attempt=row["announced"])
            late, following = store.unposted(ctx.tx)
        UNPOSTED.set(late)
        if len(rows) < PAGE:
            return following

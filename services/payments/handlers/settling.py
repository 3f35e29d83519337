"""Settling a payment by what its system says (PY-4): once, whatever comes twice, late, out of order or forged."""

from __future__ import annotations

from typing import Final

import structlog

from authorisation.contexts import RequestContext
from services.payments import store
from services.payments.configuration import PaymentTools
from services.payments.domain.pauses import until_announced_again
from services.payments.domain.states import PAYMENT
from services.payments.handlers.announcing import announce
from services.payments.ports.payment_systems import RemotePayment

log = structlog.get_logger(__name__)

#: Notified by a commit that leaves a receipt to be registered.
RECEIPTS: Final = "receipts"


def settle(ctx: RequestContext, tools: PaymentTools, payment: str, remote: RemotePayment) -> str:
    """Carry the system's answer over to our payment; what came of it: a state, ``unchanged`` or ``doubt``."""
    row = store.payment(ctx.tx, payment, lock=True)
    if row is None:
        return "unknown"
    event = {"captured": "captured", "canceled": "canceled"}.get(remote.status)
    if event is None:
        return "unchanged"
    if remote.our_id != payment or (row["external_id"] and row["external_id"] != remote.external_id):
        return _doubt(ctx, payment, "another_payment")
    if event == "captured" and (remote.amount != row["total"] or remote.currency != row["currency"]):
        return _doubt(ctx, payment, "amount_differs")
    edge = PAYMENT.find(row["state"], event)
    if edge is None:
        return "unchanged"
    paid_at = (remote.paid_at or ctx.now) if event == "captured" else None
    store.set_final(
        ctx.tx,
        payment,
        edge.state,
        external_id=remote.external_id,
        paid_at=paid_at,
        reason=remote.reason,
        at=ctx.now,
        announce_at=ctx.now + until_announced_again(1) if paid_at is not None else None,
    )
    if paid_at is not None:
        parts = store.parts(ctx.tx, payment)
        if all(part.provider in tools.companies for part in parts):
            store.want_receipt(ctx.tx, payment, ctx.now)
            ctx.tx.notify(RECEIPTS)
        announce(ctx, edge, {**row, "paid_at": paid_at}, parts)
    else:
        ctx.tx.emit(
            edge.tell(
                payment=payment,
                at=ctx.now,
                person=row["person"],
                reason=remote.reason,
                currency=row["currency"],
                total=row["total"],
            )
        )
    return edge.state


def _doubt(ctx: RequestContext, payment: str, why: str) -> str:
    store.set_doubt(ctx.tx, payment, why)
    log.error("payment_in_doubt", payment=payment, reason=why)
    return "doubt"

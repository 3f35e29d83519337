"""Settling a payment by what its system says (PY-4): once, whatever comes twice, late, out of order or forged."""

from __future__ import annotations

import structlog

from chassis.house import Call
from contracts.events.payments import PaymentCanceled, PaymentPart, PaymentSucceeded
from services.payments import store
from services.payments.adapters.systems import RemotePayment
from services.payments.configuration import PaymentTools
from services.payments.domain.states import PAYMENT, after

log = structlog.get_logger(__name__)


def settle(call: Call, tools: PaymentTools, payment: str, remote: RemotePayment) -> str:
    """Carry the system's answer over to our payment; what came of it: a state, ``unchanged`` or ``doubt``."""
    row = store.payment(call.tx, payment, lock=True)
    if row is None:
        return "unknown"
    event = {"captured": "captured", "canceled": "canceled"}.get(remote.status)
    if event is None:
        return "unchanged"
    if remote.our_id != payment or (row["external_id"] and row["external_id"] != remote.external_id):
        return _doubt(call, payment, "another_payment")
    if event == "captured" and (remote.amount != row["total"] or remote.currency != row["currency"]):
        return _doubt(call, payment, "amount_differs")
    state = after(PAYMENT, row["state"], event)
    if state is None:
        return "unchanged"
    paid_at = (remote.paid_at or call.now) if event == "captured" else None
    store.set_final(
        call.tx,
        payment,
        state,
        external_id=remote.external_id,
        paid_at=paid_at,
        reason=remote.reason,
        at=call.now,
    )
    if paid_at is not None:
        parts = store.parts(call.tx, payment)
        if all(part.provider in tools.companies for part in parts):
            store.want_receipt(call.tx, payment, call.now)
        call.tx.emit(
            PaymentSucceeded(
                payment=payment,
                at=call.now,
                person=row["person"],
                system=row["system"],
                channel=row["channel"],
                currency=row["currency"],
                total=row["total"],
                paid_at=paid_at,
                parts=[
                    PaymentPart(account=part.account, provider=part.provider, amount=part.amount)
                    for part in parts
                ],
            )
        )
    else:
        call.tx.emit(
            PaymentCanceled(
                payment=payment,
                at=call.now,
                person=row["person"],
                reason=remote.reason,
                currency=row["currency"],
                total=row["total"],
            )
        )
    return state


def _doubt(call: Call, payment: str, why: str) -> str:
    store.set_doubt(call.tx, payment, why)
    log.error("payment_in_doubt", payment=payment, reason=why)
    return "doubt"

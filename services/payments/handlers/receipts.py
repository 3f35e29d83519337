"""Fiscal receipts (PY-5): wanted with the payment, registered with the operator, kept with their marks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import structlog

from chassis.house import HouseTools
from contracts.events.payments import ReceiptRegistered
from services.payments import store
from services.payments.adapters.atol import OperatorRefusedError, OperatorUnavailableError, Registered
from services.payments.configuration import PaymentTools
from services.payments.domain.fiscal import check_qr, receipt_document
from services.payments.domain.states import RECEIPT, after

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)
LOOK_AGAIN = timedelta(seconds=1)
PAGE = 20
LONGEST_PAUSE = 300


def carry_on(house: HouseTools, tools: PaymentTools) -> int:
    """Send and ask for the receipts whose time has come; the number looked at."""
    with house.begin() as call:
        rows = store.claim_receipts(call.tx, call.now, LEASE, PAGE)
    for row in rows:
        try:
            if row["state"] == "wanted":
                _send(house, tools, row)
            else:
                _ask(house, tools, row)
        except OperatorUnavailableError as error:
            pause = min(2 ** min(row["attempts"], 8), LONGEST_PAUSE)
            log.warning("receipt_delayed", payment=row["payment"], error=str(error), delay=pause)
            with house.begin() as call:
                store.set_receipt_next(call.tx, row["payment"], call.now + timedelta(seconds=pause))
        except OperatorRefusedError as refused:
            log.error("receipt_refused", payment=row["payment"], code=str(refused))
            with house.begin() as call:
                state = after(RECEIPT, row["state"], "refused") or "failed"
                store.set_receipt_final(call.tx, row["payment"], state, failure=str(refused))
    return len(rows)


def _send(house: HouseTools, tools: PaymentTools, row: Any) -> None:
    payment = row["payment"]
    with house.database.snapshot() as tx:
        paid, parts = store.payment(tx, payment), store.parts(tx, payment)
        assert paid is not None
        contacts = store.contacts(tx, paid["person"]) if paid["person"] else {}
    if not contacts:
        # The event with the person's contacts is on its way; the operator would refuse the receipt for good.
        raise OperatorUnavailableError("no contact yet")
    client = {"email": contacts["email"]} if "email" in contacts else {"phone": contacts["phone"]}
    zone = tools.core[parts[0].provider].zone
    document = receipt_document(payment, parts, tools.companies, client, paid["paid_at"].astimezone(zone))
    external_id = tools.operator.sell(document)
    with house.begin() as call:
        state = after(RECEIPT, row["state"], "accepted") or row["state"]
        store.set_receipt_sent(call.tx, payment, state, external_id, document, call.now + LOOK_AGAIN)


def _ask(house: HouseTools, tools: PaymentTools, row: Any) -> None:
    registered = tools.operator.report(row["external_id"])
    with house.begin() as call:
        if registered is None:
            store.set_receipt_next(call.tx, row["payment"], call.now + LOOK_AGAIN)
            return
        _keep(call, row, registered)


def _keep(call: Any, row: Any, registered: Registered) -> None:
    payment = store.payment(call.tx, row["payment"])
    assert payment is not None
    qr = check_qr(
        registered.registered_at,
        registered.total,
        registered.fiscal_drive,
        registered.fiscal_document,
        registered.fiscal_sign,
    )
    moment: datetime = call.now
    kept = store.set_receipt_final(
        call.tx,
        row["payment"],
        after(RECEIPT, row["state"], "registered") or "done",
        drive=registered.fiscal_drive,
        document=registered.fiscal_document,
        sign=registered.fiscal_sign,
        at=moment,
        check_qr=qr,
    )
    if kept:
        call.tx.emit(
            ReceiptRegistered(
                payment=row["payment"],
                at=moment,
                person=payment["person"],
                receipt=row["external_id"],
                total=payment["total"],
                currency=payment["currency"],
                fiscal_drive=registered.fiscal_drive,
                fiscal_document=registered.fiscal_document,
                fiscal_sign=registered.fiscal_sign,
                registered_at=moment,
                check_qr=qr,
            )
        )

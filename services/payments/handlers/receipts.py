"""Fiscal receipts (PY-5): wanted with the payment, registered with the operator, kept with their marks.

The operator calls back at an address of the receipt's own, which nobody can guess; what it says there is not signed, so
it only makes us ask. Everything but a refusal of the receipt itself is tried again: after growing pauses, with a number
of its own for each attempt that the operator has ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import structlog

from authorisation.contexts import RequestContext, ServiceContext
from chassis.alarms import alarm
from contracts.errors import CabinetError
from services.payments import store
from services.payments.configuration import PaymentTools
from services.payments.domain.fiscal import check_qr, external_id, receipt_document
from services.payments.domain.pauses import ALARM_AFTER, SILENCE, until_receipt_tried_again
from services.payments.domain.states import RECEIPT
from services.payments.handlers.settling import RECEIPTS
from services.payments.ports.fiscal_operators import (
    AttemptFailedError,
    OperatorRefusedError,
    OperatorUnavailableError,
    Registered,
    UnknownReceiptError,
)

log = structlog.get_logger(__name__)

#: Of a claim; longer than the operator may take for two calls.
LEASE: Final = timedelta(seconds=60)
#: Calls to the operator at once.
WIDTH: Final = 4


class NotYetError(OperatorUnavailableError):
    """Something of ours is missing that is on its way."""


class Registering:
    """The job (see chassis.background_jobs)."""

    topic = RECEIPTS
    lanes: Final = {"receipts": WIDTH}

    def __init__(self, service: ServiceContext, tools: PaymentTools) -> None:
        self._service = service
        self._tools = tools

    def claim(self, lane: str, most: int) -> Sequence[Any]:
        """Receipts whose time has come."""
        with self._service.begin() as ctx:
            return store.claim_receipts(ctx.tx, ctx.now, LEASE, most)

    def next_due(self, lane: str) -> float | None:
        """Seconds until the next one's."""
        with self._service.database.snapshot() as tx:
            return store.until(store.next_receipt(tx), self._service.clock.now())

    def carry_out(self, item: Any) -> None:
        """Send it, or ask what became of it."""
        try:
            if item["state"] == "wanted":
                self._send(item)
            else:
                self._ask(item)
        except OperatorUnavailableError as error:
            failures = item["failures"] + 1
            log.warning("receipt_delayed", payment=item["payment"], error=str(error))
            self._alarm(item, failures, str(error))
            with self._service.begin() as ctx:
                store.put_receipt_off(
                    ctx.tx, item, ctx.now + until_receipt_tried_again(failures), failures=failures
                )
        except UnknownReceiptError:
            log.error("receipt_lost", payment=item["payment"])
            self._move(item, "lost", attempt=item["attempt"], failures=item["failures"] + 1)
        except AttemptFailedError as failed:
            log.error("receipt_attempt_failed", payment=item["payment"], code=str(failed))
            self._alarm(item, item["failures"] + 1, str(failed))
            self._move(
                item,
                "attempt_failed",
                attempt=item["attempt"] + 1,
                failures=item["failures"] + 1,
                failure=str(failed),
            )
        except OperatorRefusedError as refused:
            alarm("receipt_refused", payment=item["payment"], code=str(refused))
            self._move(item, "refused", attempt=item["attempt"], failures=0, failure=str(refused))

    def _send(self, item: Any) -> None:
        payment = item["payment"]
        with self._service.database.snapshot() as tx:
            paid, parts = store.payment(tx, payment), store.parts(tx, payment)
            assert paid is not None
            contacts = store.contacts(tx, paid["person"]) if paid["person"] else {}
        if not contacts:
            # The event with the person's contacts is on its way; the operator would refuse the receipt for good.
            raise NotYetError("no contact yet")
        client = {"email": contacts["email"]} if "email" in contacts else {"phone": contacts["phone"]}
        zone = self._tools.core[parts[0].provider].zone
        document = receipt_document(
            external_id(payment, item["attempt"]),
            parts,
            self._tools.companies,
            client,
            paid["paid_at"].astimezone(zone),
            self._tools.callbacks.address(payment),
        )
        uuid = self._tools.operator.sell(document)
        with self._service.begin() as ctx:
            # Where the document is kept its callback is not: who reads the table could speak for the operator.
            kept = {name: value for name, value in document.items() if name != "service"}
            state = RECEIPT.move(item["state"], "accepted")
            store.set_receipt_sent(ctx.tx, item, state, uuid, kept, ctx.now + SILENCE)

    def _ask(self, item: Any) -> None:
        registered = self._tools.operator.report(item["external_id"])
        with self._service.begin() as ctx:
            if registered is None:
                store.put_receipt_off(ctx.tx, item, ctx.now + SILENCE, failures=0)
                return
            _keep(ctx, item, registered)

    def _move(
        self, item: Any, event: str, *, attempt: int, failures: int, failure: str | None = None
    ) -> None:
        edge = RECEIPT.find(item["state"], event)
        if edge is None:
            return
        with self._service.begin() as ctx:
            pause = until_receipt_tried_again(failures)
            store.move_receipt(
                ctx.tx, item, edge.state, attempt=attempt, failures=failures, failure=failure, at=ctx.now,
                next_at=ctx.now + pause,
            )  # fmt: skip

    def _alarm(self, item: Any, failures: int, code: str) -> None:
        if failures >= ALARM_AFTER:
            alarm("receipt_late", payment=item["payment"], attempt=item["attempt"], code=code)


def _keep(ctx: RequestContext, item: Any, registered: Registered) -> None:
    payment = store.payment(ctx.tx, item["payment"])
    assert payment is not None
    qr = check_qr(
        registered.registered_at,
        registered.total,
        registered.fiscal_drive,
        registered.fiscal_document,
        registered.fiscal_sign,
    )
    edge = RECEIPT.edge(item["state"], "registered")
    kept = store.set_receipt_done(
        ctx.tx,
        item,
        edge.state,
        drive=registered.fiscal_drive,
        document=registered.fiscal_document,
        sign=registered.fiscal_sign,
        at=ctx.now,
        check_qr=qr,
    )
    if kept:
        ctx.tx.emit(
            edge.tell(
                payment=item["payment"],
                at=ctx.now,
                person=payment["person"],
                receipt=item["external_id"],
                total=payment["total"],
                currency=payment["currency"],
                fiscal_drive=registered.fiscal_drive,
                fiscal_document=registered.fiscal_document,
                fiscal_sign=registered.fiscal_sign,
                registered_at=ctx.now,
                check_qr=qr,
            )
        )


def called_back(ctx: RequestContext, tools: PaymentTools, payment: str, seal: str) -> dict[str, Any]:
    """The operator has something to say of a payment's receipt: it is asked. Raises ``not_found``."""
    if not tools.callbacks.is_right(payment, seal) or not store.hurry_receipt(ctx.tx, payment, ctx.now):
        raise CabinetError("not_found")
    ctx.tx.notify(RECEIPTS)
    return {"taken": True}


def register_again(ctx: RequestContext, payment: str) -> Mapping[str, Any]:
    """Staff: what was refused has been put right, so a receipt that failed is registered as a new attempt. Raises
    ``payment_not_found``, ``receipt_not_failed``."""
    row = store.receipt(ctx.tx, payment, lock=True)
    if row is None:
        raise CabinetError("payment_not_found")
    edge = RECEIPT.find(row["state"], "registered_again")
    if edge is None:
        raise CabinetError("receipt_not_failed")
    store.move_receipt(
        ctx.tx,
        row,
        edge.state,
        attempt=row["attempt"] + 1,
        failures=0,
        failure=None,
        at=ctx.now,
        next_at=ctx.now,
    )
    ctx.tx.notify(RECEIPTS)
    return store.receipt_shown(ctx.tx, payment)

"""Creating a payment (PY-1): note the intent, call the payment system, note the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from authorisation.contexts import ServiceContext
from authorisation.subject import Subject
from chassis.context import current
from chassis.idempotency import fingerprint
from chassis.rpc.client import RemoteService
from contracts.errors import CabinetError
from contracts.faults import fault
from contracts.identifiers import new_id
from contracts.origins import leads_to
from contracts.rpc import payments as rpc
from services.payments import store
from services.payments.configuration import PaymentTools
from services.payments.domain.answers import answer
from services.payments.domain.orders import Part, make_order
from services.payments.domain.pauses import QUIET
from services.payments.domain.states import PAYMENT
from services.payments.handlers.settling import settle
from services.payments.ports.payment_systems import SystemRefusedError, SystemUnavailableError

CABINET = "cabinet"
REGISTERED = PAYMENT.edge("created", "registered")


def create(
    service: ServiceContext,
    tools: PaymentTools,
    billing: RemoteService,
    subject: Subject,
    request: rpc.CreateRequest,
) -> dict[str, Any]:
    """Begin a payment; the answer has the address where the customer confirms it.

    The same idempotency key again answers with the same payment, and goes on where an earlier try was cut off.
    """
    if subject.kind != "person":
        raise CabinetError("unauthenticated")
    key = current().idempotency_key
    if not key:
        raise CabinetError("idempotency_key_missing")
    amounts = {str(part.account): part.amount for part in request.parts}
    if len(amounts) != len(request.parts):
        raise fault("parts", "duplicate", "An account stands twice.")
    if not leads_to(request.return_url, tools.return_origins):
        raise fault("return_url", "not_allowed", "Not an address of the cabinet.")
    digest = fingerprint(
        "create",
        {"parts": sorted(amounts.items()), "return_url": request.return_url, "system": request.system},
    )
    with service.database.snapshot() as tx:
        known = store.by_key(tx, subject.id, key)
    parts: Sequence[Part] | None = None
    if known is None:
        known, parts = _intend(service, tools, billing, subject, request, amounts, key, digest)
    if known["fingerprint"] != digest:
        raise CabinetError("idempotency_key_reused")
    if known["state"] == "canceled" and known["external_id"] is None:
        # Its system never took it: the same answer as the first time.
        raise CabinetError("payment_system_refused", reason=known["reason"])
    if known["state"] == "created":
        known = register(service, tools, known, parts)
    return answer(known)


def _intend(
    service: ServiceContext,
    tools: PaymentTools,
    billing: RemoteService,
    subject: Subject,
    request: rpc.CreateRequest,
    amounts: dict[str, Any],
    key: str,
    digest: str,
) -> tuple[Any, Sequence[Part] | None]:
    """The payment with its parts, or one that another request under the key noted meanwhile."""
    order = make_order(amounts, billing.payable(accounts=sorted(amounts))["accounts"])
    offered = tools.profiles[order.parts[0].provider].systems
    if not offered:
        raise CabinetError("payment_system_unavailable", "This supplier takes no payments here yet.")
    system = request.system or offered[0]
    if any(system not in tools.profiles[part.provider].systems for part in order.parts):
        raise CabinetError("payment_system_refused", "Not every account can be paid through this system.")
    with service.begin(subject) as ctx:
        # Two requests under one key at once: one of them notes the intent, both go on with it.
        added = store.add_payment(
            ctx.tx,
            new_id(),
            person=subject.id,
            system=system,
            channel=CABINET,
            order=order,
            return_url=request.return_url,
            key=key,
            fingerprint=digest,
            at=ctx.now,
            ask_at=ctx.now + QUIET,
        )
        ctx.tx.notify("open_payments")
        if added is not None:
            return added, order.parts
        return store.by_key(ctx.tx, subject.id, key), None


def register(
    service: ServiceContext, tools: PaymentTools, row: Any, parts: Sequence[Part] | None = None
) -> Any:
    """Make a payment that was created known to its system; the payment as it is then. Safe to repeat: our id is the
    system's idempotence key. Parts that are not at hand are looked up."""
    payment = row["payment"]
    if parts is None:
        with service.database.snapshot() as tx:
            parts = store.parts(tx, payment)
    numbers = ", ".join(part.number for part in parts)
    try:
        remote = tools.systems[row["system"]].create(
            payment, row["total"], row["currency"], f"Оплата: {numbers}", row["return_url"]
        )
    except SystemUnavailableError as error:
        # The intent stays: the janitor, or the same request again, asks with the same idempotence key.
        raise CabinetError("payment_system_unavailable") from error
    except SystemRefusedError as refused:
        with service.begin() as ctx:
            current_row = store.payment(ctx.tx, payment, lock=True)
            edge = PAYMENT.find(current_row["state"], "refused") if current_row else None
            if edge is not None:
                store.set_final(
                    ctx.tx,
                    payment,
                    edge.state,
                    external_id=None,
                    paid_at=None,
                    reason=str(refused),
                    at=ctx.now,
                )
        raise CabinetError("payment_system_refused", reason=str(refused)) from refused
    with service.begin() as ctx:
        registered = store.set_registered(
            ctx.tx, payment, REGISTERED, remote.external_id, remote.confirmation_url
        )
        if registered is not None and remote.status == "pending":
            return registered
        # Its webhook was here first, or it was paid before we heard that it was known.
        settle(ctx, tools, payment, remote)
        return store.payment(ctx.tx, payment)

"""Webhooks: stored first, then believed only as far as the payment system confirms them when asked."""

from __future__ import annotations

import uuid

import structlog

from authorisation.contexts import ServiceContext
from contracts.errors import CabinetError
from contracts.identifiers import new_id
from services.payments import store
from services.payments.configuration import PaymentTools
from services.payments.handlers.settling import settle
from services.payments.ports.payment_systems import SystemRefusedError, SystemUnavailableError

log = structlog.get_logger(__name__)


def receive(service: ServiceContext, tools: PaymentTools, system: str, body: str, remote: str) -> str:
    """Handle a notification; what came of it. Raises ``webhook_refused``, and ``payment_system_unavailable`` where
    the system must send it again."""
    adapter = tools.systems.get(system)
    if adapter is None or not adapter.trusts(remote):
        raise CabinetError("webhook_refused")
    notice = adapter.read_notice(body.encode())
    if notice is None:
        raise CabinetError("malformed_request")
    with service.begin() as ctx:
        stored = store.store_webhook(
            ctx.tx, new_id(), system, notice.object_id, notice.event, body, remote, ctx.now
        )
    if stored["handled_at"] is not None:
        return "repeated"
    if not notice.event.startswith("payment."):
        return _handled(service, stored["id"], "ignored")
    try:
        outcome = ask(service, tools, system, notice.object_id)
    except SystemUnavailableError as error:
        # Stored and not handled: the system repeats it, and the janitor asks about open payments anyway.
        raise CabinetError("payment_system_unavailable") from error
    except SystemRefusedError as refused:
        outcome = f"refused {refused}"[:60]
    if outcome in ("unchanged", "unknown"):
        # Nothing to remember: the claim may come true later, and then the same notice must count.
        return outcome
    return _handled(service, stored["id"], outcome)


def ask(service: ServiceContext, tools: PaymentTools, system: str, external_id: str) -> str:
    """Ask the system about a payment and settle ours by its answer."""
    remote = tools.systems[system].fetch(external_id)
    if remote is None or not _is_ours(remote.our_id):
        return "unknown"
    with service.begin() as ctx:
        known = store.by_external(ctx.tx, system, external_id)
        return settle(ctx, tools, known["payment"] if known else remote.our_id, remote)


def _is_ours(our_id: str) -> bool:
    """A shop may have payments that others made: their marks are none of our ids."""
    try:
        return str(uuid.UUID(our_id)) == our_id
    except ValueError:
        return False


def _handled(service: ServiceContext, webhook: str, outcome: str) -> str:
    with service.begin() as ctx:
        store.webhook_handled(ctx.tx, webhook, outcome, ctx.now)
    return outcome

"""Webhooks: stored first, then believed only as far as the payment system confirms them when asked."""

from __future__ import annotations

import uuid

import structlog

from chassis.house import HouseTools
from contracts.errors import CabinetError
from contracts.identifiers import new_id
from services.payments import store
from services.payments.adapters.systems import SystemRefusedError, SystemUnavailableError
from services.payments.configuration import PaymentTools
from services.payments.handlers.settling import settle

log = structlog.get_logger(__name__)


def receive(house: HouseTools, tools: PaymentTools, system: str, body: str, remote: str) -> str:
    """Handle a notification; what came of it. Raises ``webhook_refused``, and ``payment_system_unavailable`` where
    the system must send it again."""
    adapter = tools.systems.get(system)
    if adapter is None or not adapter.trusts(remote):
        raise CabinetError("webhook_refused")
    notice = adapter.read_notice(body.encode())
    if notice is None:
        raise CabinetError("malformed_request")
    with house.begin() as call:
        stored = store.store_webhook(
            call.tx, new_id(), system, notice.object_id, notice.event, body, remote, call.now
        )
    if stored["handled_at"] is not None:
        return "repeated"
    if not notice.event.startswith("payment."):
        return _handled(house, stored["id"], "ignored")
    try:
        outcome = ask(house, tools, system, notice.object_id)
    except SystemUnavailableError as error:
        # Stored and not handled: the system repeats it, and the janitor asks about open payments anyway.
        raise CabinetError("payment_system_unavailable") from error
    except SystemRefusedError as refused:
        outcome = f"refused {refused}"[:60]
    if outcome in ("unchanged", "unknown"):
        # Nothing to remember: the claim may come true later, and then the same notice must count.
        return outcome
    return _handled(house, stored["id"], outcome)


def ask(house: HouseTools, tools: PaymentTools, system: str, external_id: str) -> str:
    """Ask the system about a payment and settle ours by its answer."""
    remote = tools.systems[system].fetch(external_id)
    if remote is None or not _is_ours(remote.our_id):
        return "unknown"
    with house.begin() as call:
        known = store.by_external(call.tx, system, external_id)
        return settle(call, tools, known["payment"] if known else remote.our_id, remote)


def _is_ours(our_id: str) -> bool:
    """A shop may have payments that others made: their marks are none of our ids."""
    try:
        return str(uuid.UUID(our_id)) == our_id
    except ValueError:
        return False


def _handled(house: HouseTools, webhook: str, outcome: str) -> str:
    with house.begin() as call:
        store.webhook_handled(call.tx, webhook, outcome, call.now)
    return outcome

"""Payments' questions."""

from __future__ import annotations

from typing import Any

from chassis import access
from chassis.house import Call
from contracts.errors import CabinetError
from contracts.rpc import payments as rpc
from services.payments import store
from services.payments.domain.answers import answer


def payment(call: Call, payment_id: str) -> dict[str, Any]:
    """One's own payment with its parts and receipt."""
    row = store.payment(call.tx, payment_id)
    if row is None or call.subject.kind != "person" or row["person"] != call.subject.id:
        raise CabinetError("payment_not_found")
    receipt = store.receipt_shown(call.tx, payment_id)
    return {
        **answer(row),
        "parts": store.parts_shown(call.tx, payment_id),
        "receipt": receipt or None,
    }


def receipts(call: Call, request: rpc.ReceiptsRequest) -> dict[str, Any]:
    """Receipts of all payments in a state, for staff; ``next`` is what to ask after for the following page."""
    after = request.cursor
    rows = store.receipts_in(call.tx, request.state, str(after) if after else None, request.limit + 1)
    page = rows[: request.limit]
    return {"receipts": page, "next": page[-1]["payment"] if len(rows) > len(page) else None}


def history(call: Call, request: rpc.MoneyHistoryRequest) -> dict[str, Any]:
    """One's own payments, and what others paid for accounts that one sees, newest first (GW-3)."""
    visible = access.visible_accounts(call.tx, call.subject)
    if request.accounts:
        asked = {str(account) for account in request.accounts}
        visible = [account for account in visible if account in asked]
    return {"payments": store.history(call.tx, call.subject.id, visible, request)}


def personal_data(call: Call, person: str) -> dict[str, Any]:
    """What is held on a person, by table (ID-9); for services only."""
    if call.subject.kind != "service":
        raise CabinetError("forbidden")
    return dict(store.personal_data(call.tx, person))

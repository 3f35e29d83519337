"""Payments' questions."""

from __future__ import annotations

from typing import Any

from authorisation import access
from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from contracts.rpc import payments as rpc
from services.payments import store
from services.payments.domain.answers import answer


def payment(ctx: RequestContext, payment_id: str) -> dict[str, Any]:
    """One's own payment with its parts and receipt."""
    row = store.payment(ctx.tx, payment_id)
    if row is None or ctx.subject.kind != "person" or row["person"] != ctx.subject.id:
        raise CabinetError("payment_not_found")
    receipt = store.receipt_shown(ctx.tx, payment_id)
    return {
        **answer(row),
        "parts": store.parts_shown(ctx.tx, payment_id),
        "receipt": receipt or None,
    }


def receipts(ctx: RequestContext, request: rpc.ReceiptsRequest) -> dict[str, Any]:
    """Receipts of all payments in a state, for staff; ``next`` is what to ask after for the following page."""
    after = request.cursor
    rows = store.receipts_in(ctx.tx, request.state, str(after) if after else None, request.limit + 1)
    page = rows[: request.limit]
    return {"receipts": page, "next": page[-1]["payment"] if len(rows) > len(page) else None}


def history(ctx: RequestContext, request: rpc.MoneyHistoryRequest) -> dict[str, Any]:
    """One's own payments, and what others paid for accounts that one sees, newest first (GW-3)."""
    visible = access.visible_accounts(ctx.tx, ctx.subject)
    if request.accounts:
        asked = {str(account) for account in request.accounts}
        visible = [account for account in visible if account in asked]
    return {"payments": store.history(ctx.tx, ctx.subject.id, visible, request)}


def personal_data(ctx: RequestContext, person: str) -> dict[str, Any]:
    """What is held on a person, by table (ID-9); for services only."""
    ctx.subject.require_service()
    return dict(store.personal_data(ctx.tx, person))

"""Taking bills back (BL-4): those of a run that should not have been, or one alone.

A bill that was issued is never changed. What it charged is reversed on the ledger, transfer by transfer; the bill is in
force no more; money paid for it stays on the account as credit. Another run makes further revisions.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import structlog

from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from contracts.events.billing import BillWithdrawn
from services.billing.domain.ledger import reversal
from services.billing.domain.run_states import moved
from services.billing.handlers.runs import RUNS
from services.billing.store import bills, ledger
from services.billing.store import runs as store

log = structlog.get_logger(__name__)

PAGE = 200


def cancel(ctx: RequestContext, run_id: str, reason: str) -> dict[str, Any]:
    """Stop a run, if it is at work, and take its bills back account by account. Raises ``not_found``, ``run_state``."""
    run = store.run(ctx.tx, run_id, lock=True)
    if run is None:
        raise CabinetError("not_found")
    store.cancel_run(ctx.tx, run_id, moved(run["state"], "canceled").state, reason)
    ctx.tx.notify(RUNS)
    found = store.run(ctx.tx, run_id)
    assert found is not None
    return dict(found)


def withdraw_page(ctx: RequestContext, run: dict[str, Any], page: Sequence[Any]) -> int:
    """Take the bills of a page back; how many. Those of accounts that were billed since stay, and are named in the log:
    the later bill stands on them."""
    accounts = [row["account"] for row in page]
    ledger.lock_balances(ctx.tx, accounts)
    later = bills.with_later_bills(ctx.tx, [row["bill"] for row in page])
    for account in sorted(later):
        log.error("bill_not_withdrawn", run=run["run"], account=account, code="later_bill")
    mine = [row["bill"] for row in page if row["account"] not in later]
    charged = _withdraw(ctx, mine, run["reason"] or "")
    if not store.advance_run(ctx.tx, run, accounts[-1], -len(mine), -charged, withdrawn=len(mine)):
        raise CabinetError("run_overtaken")
    return len(mine)


def finish(ctx: RequestContext, run: dict[str, Any]) -> None:
    """No bill of the run is left that could be withdrawn."""
    store.finish_run(ctx.tx, run, moved(run["state"], "emptied").state, ctx.now)


def withdraw_one(ctx: RequestContext, bill_id: str, reason: str) -> dict[str, Any]:
    """One bill alone. Raises ``bill_not_found``, ``bill_not_in_force``, ``later_bill``."""
    bill = bills.bill(ctx.tx, bill_id)
    if bill is None:
        raise CabinetError("bill_not_found")
    ledger.lock_balances(ctx.tx, [bill["account"]])
    bill = bills.bill(ctx.tx, bill_id)
    assert bill is not None
    if bill["withdrawn_at"] is not None:
        raise CabinetError("bill_not_in_force")
    if bills.with_later_bills(ctx.tx, [bill_id]):
        raise CabinetError("later_bill")
    store.withdrew_one(ctx.tx, bill["run"], _withdraw(ctx, [bill_id], reason))
    return dict(bills.bill(ctx.tx, bill_id) or {})


def _withdraw(ctx: RequestContext, found: Sequence[str], reason: str) -> Decimal:
    """Reverse and announce; what they had charged. Balances are locked."""
    if not found:
        return Decimal(0)
    by = ctx.subject.id if ctx.subject.kind == "person" else None
    bills.withdraw(ctx.tx, found, reason, by, ctx.now)
    charged = Decimal(0)
    ledger.post(
        ctx.tx, [reversal(transfer, ctx.now) for transfer in ledger.charges_of(ctx.tx, found)], ctx.now
    )
    rows = bills.withdrawn(ctx.tx, found)
    for row in rows:
        charged += row["charged"]
        ctx.tx.emit(
            BillWithdrawn(
                account=row["account"],
                provider=row["provider"],
                at=ctx.now,
                bill=row["bill"],
                number=row["number"],
                account_number=row["account_number"],
                period=row["period"],
                currency=row["currency"],
                charged=row["charged"],
                balance=row["balance"],
                revision=row["revision"],
            )
        )
    return charged

"""Alerts on use, for whoever may see the account (MT-13)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chassis import access
from chassis.house import Call
from contracts.rpc import metering as rpc
from services.metering.store import alerts

PAST = timedelta(days=366)


def usage_alerts(call: Call, request: rpc.AlertsRequest) -> dict[str, Any]:
    """Alerts that stand, newest first; on request also those that ended within a year. ``found`` against ``usual``, in
    the unit: an hour for leak and base_load, a day else."""
    account = str(request.account) if request.account else None
    if account is not None:
        access.require(call.tx, call.subject, [account], access.SEE)
    accounts = [account] if account else access.visible_accounts(call.tx, call.subject)
    if not accounts:
        return {"alerts": [], "next": None}
    since = call.now - PAST if request.cleared else None
    after = str(request.cursor) if request.cursor else None
    rows = alerts.of_accounts(call.tx, accounts, since, after, request.limit + 1)
    page = rows[: request.limit]
    return {"alerts": page, "next": page[-1]["alert"] if len(rows) > len(page) else None}

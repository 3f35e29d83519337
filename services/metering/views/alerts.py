"""Alerts on use, for whoever may see the account (MT-13)."""

from __future__ import annotations

from typing import Any

from authorisation import access
from authorisation.contexts import RequestContext
from contracts.rpc import metering as rpc
from services.metering.domain.alerts import PAST
from services.metering.store import alerts


def usage_alerts(ctx: RequestContext, request: rpc.AlertsRequest) -> dict[str, Any]:
    """Alerts that stand, newest first; on request also those that ended within a year. ``found`` against ``usual``, in
    the unit: an hour for leak and base_load, a day else."""
    account = str(request.account) if request.account else None
    if account is not None:
        access.require(ctx.tx, ctx.subject, [account], access.SEE)
    accounts = [account] if account else access.visible_accounts(ctx.tx, ctx.subject)
    if not accounts:
        return {"alerts": [], "next": None}
    since = ctx.now - PAST if request.cleared else None
    after = str(request.cursor) if request.cursor else None
    rows = alerts.of_accounts(ctx.tx, accounts, since, after, request.limit + 1)
    page = rows[: request.limit]
    return {"alerts": page, "next": page[-1]["alert"] if len(rows) > len(page) else None}

"""Carrying bill runs on (BL-4): every unfinished run gets its share of a turn, so that one supplier's trouble holds
up nobody else's bills."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

import structlog

from authorisation.contexts import ServiceContext
from chassis.errors import as_cabinet_error
from chassis.rpc.client import RemoteService
from services.billing.configuration import BillingTools
from services.billing.domain.run_states import RUNNING, UNFINISHED
from services.billing.handlers import runs, withdrawing
from services.billing.store import runs as store

log = structlog.get_logger(__name__)

# Seconds that one turn of the job works before it gives its lease back; real ones, whatever the clock is set to.
TURN = 5.0
#: A run that stands still (metering is away) is looked at again after so long.
AGAIN_AFTER = timedelta(seconds=1)


def carry_on(service: ServiceContext, tools: BillingTools, metering: RemoteService) -> datetime | None:
    """One turn; when the next one is due, if something is left to do."""
    with service.database.snapshot() as tx:
        unfinished = store.unfinished_runs(tx)
    left = False
    for run in unfinished:
        until = time.monotonic() + TURN / len(unfinished)
        try:
            more = True
            while more and time.monotonic() < until:
                more = _page(service, tools, metering, run)
            left = left or more
        except Exception as error:
            # Nothing of the page was written; the next turn takes it up again.
            log.warning("bill_run_delayed", run=run, code=as_cabinet_error(error).code, exc_info=error)
            left = True
    return service.clock.now() + AGAIN_AFTER if left else None


def _page(service: ServiceContext, tools: BillingTools, metering: RemoteService, run_id: str) -> bool:
    """The next page of a run; False once nothing is left."""
    with service.database.snapshot() as tx:
        run = store.progress(tx, run_id)
    if run is None or run["state"] not in UNFINISHED:
        return False
    return _bill(service, tools, metering, run) if run["state"] == RUNNING else _withdraw(service, run)


def _bill(service: ServiceContext, tools: BillingTools, metering: RemoteService, run: Any) -> bool:
    with service.database.snapshot() as tx:
        page = store.next_accounts(tx, run["provider"], run["period"], run["cursor"], runs.PAGE)
    if not page:
        with service.begin() as ctx:
            runs.finish(ctx, run)
        return False
    service.use_service_token()
    answer = metering.quantities(provider=run["provider"], period=run["period"], accounts=page)
    with service.begin() as ctx:
        runs.issue_page(ctx, tools.rules[run["provider"]], run, page, answer["quantities"])
    return True


def _withdraw(service: ServiceContext, run: Any) -> bool:
    with service.begin() as ctx:
        page = store.next_bills(ctx.tx, run["run"], run["cursor"], withdrawing.PAGE)
        if page:
            withdrawing.withdraw_page(ctx, run, page)
        else:
            withdrawing.finish(ctx, run)
    return bool(page)

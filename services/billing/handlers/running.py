"""Carrying bill runs on (BL-4): every unfinished run gets its share of a turn, so that one supplier's trouble holds
up nobody else's bills."""

from __future__ import annotations

import time

import structlog

from chassis.faults import as_cabinet_error
from chassis.house import HouseTools
from chassis.rpc.client import RemoteService
from services.billing.configuration import BillingTools
from services.billing.handlers import runs
from services.billing.store import bills

log = structlog.get_logger(__name__)

# Seconds that one turn of the job works before it gives its lease back; real ones, whatever the clock is set to.
TURN = 5.0


def carry_on(house: HouseTools, tools: BillingTools, metering: RemoteService) -> None:
    """One turn."""
    with house.database.snapshot() as tx:
        unfinished = bills.unfinished_runs(tx)
    for run in unfinished:
        until = time.monotonic() + TURN / len(unfinished)
        try:
            while time.monotonic() < until and _page(house, tools, metering, run):
                pass
        except Exception as error:
            # Nothing of the page was written; the next turn takes it up again.
            log.warning("bill_run_delayed", run=run, code=as_cabinet_error(error).code, exc_info=error)


def _page(house: HouseTools, tools: BillingTools, metering: RemoteService, run_id: str) -> bool:
    """Bill the next page of a run; False once it is done."""
    with house.database.snapshot() as tx:
        run = bills.unfinished_run(tx, run_id)
        if run is None:
            return False
        page = bills.next_accounts(tx, run["provider"], run["period"], run["cursor"], runs.PAGE)
    if not page:
        with house.begin() as call:
            runs.finish(call, run_id)
        return False
    house.speak_for_itself()
    answer = metering.quantities(provider=run["provider"], period=run["period"], accounts=page)
    with house.begin() as call:
        runs.issue_page(call, tools.rules[run["provider"]], dict(run), page, answer["quantities"])
    return True

"""Comparing homes (MT-7): each settled month once, page by page, so that a page of the cabinet only reads a row."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import structlog

from authorisation.contexts import ServiceContext
from chassis.clock import local_day
from chassis.errors import as_cabinet_error
from chassis.transaction import Transaction
from contracts.periods import next_period, parse_period, previous_period
from services.metering.configuration import MeteringTools
from services.metering.domain.consumption.similar import EARLY, FEWEST, LATE, STEP, amount_of, settled_months
from services.metering.store import similar
from services.metering.store.similar import Quartiles

log = structlog.get_logger(__name__)

PAGE = 2_000
# Seconds that one turn of the job works before it gives its lease back; real ones, whatever the clock is set to.
TURN = 20.0


def carry_on(service: ServiceContext, tools: MeteringTools) -> None:
    """One turn. Every supplier gets its share, so that one's trouble holds up nobody else's."""
    for provider, core in tools.core.items():
        months = settled_months(local_day(service.clock.now(), core.zone))
        until = time.monotonic() + TURN / len(tools.core)
        try:
            while time.monotonic() < until:
                with service.begin() as ctx:
                    if not page(ctx.tx, provider, months, ctx.now):
                        break
        except Exception as error:
            # Nothing of the page was counted; the next turn takes it up again.
            log.warning(
                "comparison_delayed", provider=provider, code=as_cabinet_error(error).code, exc_info=error
            )


def page(tx: Transaction, provider: str, months: list[str], now: datetime) -> bool:
    """Count the next page of accounts, or finish the month; False once all months are done."""
    run = similar.open_run(tx, provider, months)
    if run is None:
        return False
    period = run["period"]
    until = similar.page_end(tx, provider, run["cursor"], PAGE)
    if until is None:
        rows = [
            Quartiles(
                row["resource"], row["unit"], row["zones"], row["transformed"], row["homes"],
                amount_of(row["lower"]), amount_of(row["median"]), amount_of(row["upper"]),
            )
            for row in similar.quartile_bins(tx, provider, period, FEWEST)
        ]  # fmt: skip
        similar.finish(tx, provider, period, rows, now)
        return True
    similar.fill_bins(
        tx,
        provider=provider,
        period=period,
        before=previous_period(period),
        cursor=run["cursor"],
        until=until,
        first=parse_period(period),
        after=parse_period(next_period(period)),
        opened=_moments(previous_period(period)),
        closed=_moments(period),
        step=STEP,
    )
    similar.move_cursor(tx, provider, period, until)
    return True


def _moments(period: str) -> tuple[datetime, datetime]:
    first, after = parse_period(period), parse_period(next_period(period))
    return (
        datetime(first.year, first.month, first.day, tzinfo=UTC) - EARLY,
        datetime(after.year, after.month, after.day, tzinfo=UTC) + LATE,
    )

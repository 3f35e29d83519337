"""Room for the months to come, and an end for what has been kept long enough. Each step is a transaction of its own:
a job that dies goes on where it stopped."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from authorisation.contexts import ServiceContext
from services.metering.configuration import MeteringTools
from services.metering.domain.months import oldest_kept, outlived, wanted
from services.metering.store import ami_batches, partitions

log = structlog.get_logger(__name__)

PAGE = 5_000


def keep_months(service: ServiceContext, tools: MeteringTools) -> None:
    """Make months ahead, drop old ones, forget old batches. Tables hold all suppliers' data, so what the one that keeps
    longest asks for holds for all."""
    now = service.clock.now()
    make_months(service, now)
    drop_months(service, now, max(profile.months_kept for profile in tools.profiles.values()))
    forget_batches(service, now, max(profile.batch_days_kept for profile in tools.profiles.values()))


def make_months(service: ServiceContext, now: datetime) -> None:
    """Those that are missing around a moment."""
    for table in partitions.COLUMNS:
        with service.database.snapshot() as tx:
            there = set(partitions.months(tx, table))
        for month in wanted(now.date()):
            if month not in there:
                with service.database.transaction() as tx:
                    moved = partitions.add(tx, table, month)
                log.info("month_made", table=table, period=f"{month:%Y-%m}", count=moved)


def drop_months(service: ServiceContext, now: datetime, kept: int) -> None:
    """Those that ``kept`` months have followed, and what is as old in the default partition."""
    today = now.date()
    for table in partitions.COLUMNS:
        with service.database.snapshot() as tx:
            old = outlived(partitions.months(tx, table), today, kept)
        for month in old:
            with service.database.transaction() as tx:
                partitions.drop(tx, table, month)
            log.info("month_dropped", table=table, period=f"{month:%Y-%m}")
        forgotten = PAGE
        while forgotten == PAGE:
            with service.database.transaction() as tx:
                forgotten = partitions.forget(tx, table, oldest_kept(today, kept), PAGE)


def forget_batches(service: ServiceContext, now: datetime, days: int) -> None:
    """Receipts of batches that nobody will send again."""
    forgotten = PAGE
    while forgotten == PAGE:
        with service.database.transaction() as tx:
            forgotten = ami_batches.forget_batches(tx, now - timedelta(days=days), PAGE)

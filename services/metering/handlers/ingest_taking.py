"""A batch of messages from the queue to the commit, begun while the one before it may still be at work."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from chassis.house import HouseTools
from services.metering.configuration import MeteringTools
from services.metering.domain.entries import MeterBatch
from services.metering.handlers import ingest, ingest_metrics


def take(
    house: HouseTools,
    tools: MeteringTools,
    batches: Sequence[tuple[str, MeterBatch]],
    turn: Callable[[], None],
) -> list[tuple[str, str]]:
    """Store batches (provider, batch) in one transaction; head end and receipt of each, in their order.

    ``turn`` returns when the messages before these are stored.
    """
    try:
        return _take(house, tools, batches, turn)
    except ingest.TakenMeanwhileError:
        # Mostly by the messages before, which were not committed yet when these were looked up.
        return _take(house, tools, batches, turn)


def _take(
    house: HouseTools,
    tools: MeteringTools,
    batches: Sequence[tuple[str, MeterBatch]],
    turn: Callable[[], None],
) -> list[tuple[str, str]]:
    incoming = [ingest.Incoming(provider, batch) for provider, batch in batches]
    with house.database.transaction() as tx:
        prepared = ingest.prepare(tx, tools, house.clock.now(), incoming)
        turn()
        began = time.perf_counter()
        receipts = ingest.store(tx, prepared)
    ingest_metrics.count(prepared, time.perf_counter() - began)
    return [(item.batch.head_end, receipt) for item, receipt in zip(incoming, receipts, strict=True)]

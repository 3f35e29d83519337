"""A batch of messages from the queue to the commit, begun while the one before it may still be at work."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from authorisation.contexts import ServiceContext
from chassis.batches import Turn
from services.metering.configuration import MeteringTools
from services.metering.domain.entries import MeterBatch
from services.metering.handlers import ingest, ingest_metrics

#: Seconds for which batches are looked up first, after one came that was known.
WATCHFUL: Final = 60.0


class Repeats:
    """Whether head ends repeat themselves these days.

    They do after a broken connection, and then with many batches; otherwise hardly ever, and to look each batch up
    would be for nothing. Only the order of work hangs on it: a known batch is always found when it is remembered.
    """

    def __init__(self) -> None:
        self._until = 0.0

    @property
    def expected(self) -> bool:
        """Look up first."""
        return time.monotonic() < self._until

    def seen(self) -> None:
        """A known batch came."""
        self._until = time.monotonic() + WATCHFUL


_repeats = Repeats()


def take(
    service: ServiceContext,
    tools: MeteringTools,
    batches: Sequence[tuple[str, MeterBatch]],
    turn: Turn,
) -> list[tuple[str, str]]:
    """Store batches (provider, batch) in one transaction; head end and receipt of each, in their order.

    ``turn`` returns when the messages before these are stored.
    """
    try:
        return _take(service, tools, batches, turn, look_up_known=_repeats.expected)
    except ingest.TakenMeanwhileError:
        _repeats.seen()
        return _take(service, tools, batches, turn, look_up_known=True)


def _take(
    service: ServiceContext,
    tools: MeteringTools,
    batches: Sequence[tuple[str, MeterBatch]],
    turn: Turn,
    *,
    look_up_known: bool,
) -> list[tuple[str, str]]:
    incoming = [ingest.Incoming(provider, batch) for provider, batch in batches]
    with service.database.transaction() as tx:
        prepared = ingest.prepare(tx, tools, service.clock.now(), incoming, look_up_known=look_up_known)
        turn()
        began = time.perf_counter()
        receipts = ingest.store(tx, prepared)
    if prepared.known:
        _repeats.seen()
    ingest_metrics.count(prepared, time.perf_counter() - began)
    return [(item.batch.head_end, receipt) for item, receipt in zip(incoming, receipts, strict=True)]

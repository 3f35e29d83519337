"""A batch of messages from the queue to the commit, begun while the one before it may still be at work."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from authorisation.contexts import ServiceContext
from chassis.batches import Turn
from chassis.transaction import Transaction
from services.metering.configuration import MeteringTools
from services.metering.domain.entries import MeterBatch
from services.metering.handlers import ingest, ingest_metrics
from services.metering.handlers.ingest_senders import Senders

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
_senders = Senders()


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
    real = [item for item in batches if not item[1].test]
    with service.database.transaction() as tx:
        incoming = _checked(tx, real)
        prepared = ingest.prepare(tx, tools, service.clock.now(), incoming, look_up_known=look_up_known)
        turn()
        began = time.perf_counter()
        answers = iter(ingest.store(tx, prepared))
    if prepared.known:
        _repeats.seen()
    ingest_metrics.count(prepared, time.perf_counter() - began)
    tests = iter(_tried(service, tools, [item for item in batches if item[1].test]))
    return [(batch.head_end, next(tests if batch.test else answers)) for _, batch in batches]


def _checked(tx: Transaction, batches: Sequence[tuple[str, MeterBatch]]) -> list[ingest.Incoming]:
    return [ingest.Incoming(provider, _senders.checked(tx, provider, batch)) for provider, batch in batches]


def _tried(
    service: ServiceContext, tools: MeteringTools, batches: Sequence[tuple[str, MeterBatch]]
) -> list[str]:
    """The receipts that tests would get (MT-15): all that is done for them is undone."""
    receipts: list[str] = []
    try:
        with service.database.transaction() as tx:
            prepared = ingest.prepare(tx, tools, service.clock.now(), _checked(tx, batches))
            receipts = ingest.store(tx, prepared) if batches else []
            raise _OnlyATestError
    except _OnlyATestError:
        return receipts


class _OnlyATestError(Exception):
    """Takes the transaction back."""

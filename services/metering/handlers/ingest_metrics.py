"""What the ingest did, for those who watch it. Counted after the commit: a retry is not counted twice."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from chassis.metrics import FAST
from services.metering.handlers.ingest import Prepared

BATCHES = Counter("ami_batches_total", "Batches of head ends: new, or known by their id", ["outcome"])
VALUES = Counter("ami_values_total", "Values of head ends by what became of them", ["outcome"])
REJECTED = Counter("ami_rejected_values_total", "Values of head ends that were refused, by code", ["code"])
TRANSACTION = Histogram("ami_transaction_seconds", "Transactions that store batches", buckets=FAST)
LAG = Histogram(
    "ami_lag_seconds",
    "From the time a batch names as sent to its commit; the newest of each transaction",
    buckets=(0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 6 * 3600, 24 * 3600),
)
OLDEST = Gauge("ami_oldest_seconds", "Age of the oldest batch in the last transaction, by its own time")


def count(prepared: Prepared, seconds: float) -> None:
    """After a commit: what the transaction took, and what became of all."""
    now, incoming = prepared.now, prepared.incoming
    TRANSACTION.observe(seconds)
    fresh = [item for item in incoming if item.fresh]
    BATCHES.labels("new").inc(len(fresh))
    BATCHES.labels("known").inc(len(incoming) - len(fresh))
    VALUES.labels("accepted").inc(sum(item.accepted for item in fresh))
    VALUES.labels("duplicate").inc(sum(item.duplicates for item in fresh))
    VALUES.labels("corrected").inc(sum(item.corrected for item in fresh))
    for item in fresh:
        for rejected in item.rejected:
            REJECTED.labels(rejected.code).inc(rejected.values)
    sent = [item.batch.sent_at for item in incoming if item.batch.sent_at and item.batch.sent_at.tzinfo]
    if sent:
        LAG.observe(max((now - max(sent)).total_seconds(), 0))
        OLDEST.set(max((now - min(sent)).total_seconds(), 0))

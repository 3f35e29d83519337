"""Batches of head ends that were taken, each with the receipt that it got."""

from __future__ import annotations

import hashlib
from datetime import datetime

from chassis.transaction import Transaction
from services.metering.store.long_arrays import array_of, parameter


def batch_key(provider: str, head_end: str, batch: str) -> str:
    """What makes a batch the same batch, as 32 hexadecimal digits: an index of three texts would take twice the
    work and four times the room. None of the three holds a zero byte."""
    return hashlib.sha256(f"{provider}\0{head_end}\0{batch}".encode()).hexdigest()[:32]


def known_batches(tx: Transaction, keys: list[str]) -> dict[str, str]:
    """Receipts of batches that were taken before, by key."""
    rows = tx.rows(
        """select encode(uuid_send(key), 'hex') as key, receipt from ami_batch
           where key = any(cast(:keys as uuid[]))""",
        keys=array_of(keys),
    )
    return {row["key"]: row["receipt"] for row in rows}


def remember_batches(tx: Transaction, receipts: dict[str, str], at: datetime) -> int:
    """Keep the receipts (JSON objects); a smaller number than given: another consumer had one of them first."""
    return tx.run(
        """insert into ami_batch (key, receipt, received_at)
           select key, cast(receipt as text), :at
           from rows from (unnest(cast(:keys as uuid[])), json_array_elements(cast(:receipts as json)))
                as new(key, receipt)
           on conflict do nothing""",
        keys=array_of(receipts),
        receipts=parameter("[" + ",".join(receipts.values()) + "]"),
        at=at,
    )


def forget_batches(tx: Transaction, before: datetime, limit: int) -> int:
    """Delete some of the batches that came before a moment; how many. Those of one page lie together."""
    return tx.run(
        """delete from ami_batch where ctid = any(array(
               select ctid from ami_batch where received_at < :before limit :limit for update skip locked))""",
        before=before,
        limit=limit,
    )

"""The inbox: an event's id is written in the transaction of its effect, so that a second delivery does nothing."""

from __future__ import annotations

from datetime import timedelta

from chassis.transaction import Transaction

KEEP = timedelta(days=30)

REMEMBER = "insert into inbox (queue, event_id) values (:queue, :event) on conflict do nothing"
FORGET = "delete from inbox where handled_at < now() - :keep"


def first_time(transaction: Transaction, queue: str, event_id: str) -> bool:
    """True once per queue and event. A concurrent duplicate waits here for the first one's commit."""
    return transaction.run(REMEMBER, queue=queue, event=event_id) == 1


def forget_old(transaction: Transaction) -> int:
    """Drop ids older than any redelivery; the number dropped."""
    return transaction.run(FORGET, keep=KEEP)

"""How far the jobs that look at arrivals have come: a row, whose columns are named in the code."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from chassis.transaction import Transaction

#: Arrivals are looked at again for so long: a transaction commits later than the moment that its rows carry.
OVERLAP: Final = timedelta(minutes=2)


def since(tx: Transaction, column: str, now: datetime, first: str) -> datetime:
    """From when on arrivals are to be looked at, under a lock. ``first`` is a statement for the moment of the first of
    all, where none was looked at yet."""
    tx.run("insert into vee_progress default values on conflict do nothing")
    found: datetime | None = tx.value(f"select {column} from vee_progress for update")
    if found is None:
        arrived = tx.value(first)
        found = now if arrived is None else arrived - timedelta(microseconds=1)
    # A clock that was set back: begin again a day before it.
    return min(found, now) if found <= now + OVERLAP else now - timedelta(days=1)


def note(tx: Transaction, column: str, until: datetime) -> None:
    """All that came up to this moment was looked at."""
    tx.run(f"update vee_progress set {column} = :until", until=until)

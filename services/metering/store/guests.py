"""Readings without signing in (MT-5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from chassis.transaction import Transaction

Row = Mapping[str, Any]

COLUMNS = """id::text, provider, account_number, account::text, serial, resource, proof, "values", received_at, state,
             reason, tries"""


def add(tx: Transaction, row: Mapping[str, Any]) -> None:
    """As it came in."""
    tx.run(
        """insert into guest_reading (id, provider, account_number, account, serial, resource, proof, "values",
                                      received_at, state, next_try_at)
           values (cast(:id as uuid), :provider, :account_number, cast(:account as uuid), :serial, :resource,
                   cast(:proof as jsonb), cast(:values as jsonb), :received_at, :state, :received_at)""",
        **{
            **row,
            "proof": msgspec.json.encode(row["proof"]).decode(),
            "values": msgspec.json.encode(row["values"]).decode(),
        },
    )


def waiting(tx: Transaction, now: datetime, most: int) -> list[Row]:
    """The oldest that are to be looked at."""
    return tx.rows(
        f"""select {COLUMNS} from guest_reading where state = 'received' and next_try_at <= :now
            order by next_try_at, id limit :most""",
        now=now,
        most=most,
    )


def put_off(tx: Transaction, reading: str, until: datetime) -> None:
    """It cannot be looked at now."""
    tx.run(
        """update guest_reading set tries = tries + 1, next_try_at = :until
           where id = cast(:id as uuid) and state = 'received'""",
        id=reading,
        until=until,
    )


def reading(tx: Transaction, reading_id: str, *, lock: bool = False) -> Row | None:
    """One of them."""
    locking = " for update" if lock else ""
    return tx.row(f"select {COLUMNS} from guest_reading where id = cast(:id as uuid){locking}", id=reading_id)


def settle(
    tx: Transaction,
    reading_id: str,
    state: str,
    *,
    reason: str | None = None,
    submission: str | None = None,
    decided_by: str | None = None,
    note: str | None = None,
    at: datetime | None = None,
) -> None:
    """Its state from now on, and why."""
    tx.run(
        """update guest_reading set state = :state, reason = coalesce(:reason, reason),
               submission = cast(:submission as uuid), decided_by = cast(:decided_by as uuid), decided_at = :at,
               note = :note
           where id = cast(:id as uuid)""",
        id=reading_id,
        state=state,
        reason=reason,
        submission=submission,
        decided_by=decided_by,
        at=at,
        note=note,
    )


def queue(tx: Transaction, provider: str | None, after: str | None, limit: int) -> list[Row]:
    """What waits for a member of staff, oldest first."""
    return tx.rows(
        f"""select {COLUMNS} from guest_reading where state = 'queued'
              and (cast(:provider as text) is null or provider = :provider)
              and (cast(:after as uuid) is null or id > cast(:after as uuid))
            order by id limit :limit""",
        provider=provider,
        after=after,
        limit=limit,
    )


def forget(tx: Transaction, before: datetime) -> int:
    """Addresses and numbers that strangers typed are not kept for ever."""
    return tx.run(
        "delete from guest_reading where received_at < :before and state in ('accepted', 'rejected')",
        before=before,
    )

"""Bill runs. Where a run stands is changed only by whoever found it there (``progress``)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from chassis.transaction import Transaction
from contracts.periods import next_period, parse_period

Row = Mapping[str, Any]

SHOWN = """id::text as run, provider, period, state, accounts, bills, charged, withdrawn, reason, started_at,
    finished_at"""


def run_of(tx: Transaction, provider: str, period: str) -> Row | None:
    """The run of the provider's period, locked."""
    return tx.row(
        f"select {SHOWN} from bill_run where provider = :provider and period = :period for update",
        provider=provider,
        period=period,
    )


def last_period(tx: Transaction, provider: str) -> str | None:
    """The newest period that the provider's accounts were billed for."""
    found: str | None = tx.value(
        "select max(period) from bill_run where provider = :provider and state <> 'withdrawn'",
        provider=provider,
    )
    return found


def start_run(
    tx: Transaction, run: str, provider: str, period: str, state: str, started_by: str, at: datetime
) -> Row:
    """The run of the provider's period, running: made, or found, and then gone on with or, if it was over, begun
    anew."""
    found = tx.row(
        f"""insert into bill_run (id, provider, period, state, started_by, started_at, accounts)
           values (cast(:id as uuid), :provider, :period, :state, cast(:by as uuid), :at,
                   (select count(*) from account where provider = :provider and closed_on is null
                      and opened_on < cast(:after as date)))
           on conflict (provider, period) do update set
               state = :state, cursor = case when bill_run.state = :state then bill_run.cursor end,
               accounts = excluded.accounts, finished_at = null, reason = null
           returning {SHOWN}""",
        id=run,
        provider=provider,
        period=period,
        state=state,
        by=started_by,
        at=at,
        after=parse_period(next_period(period)),
    )
    assert found is not None
    return found


def run(tx: Transaction, run_id: str, *, lock: bool = False) -> Row | None:
    """Its progress."""
    return tx.row(
        f"select {SHOWN} from bill_run where id = cast(:id as uuid){' for update' if lock else ''}", id=run_id
    )


def unfinished_runs(tx: Transaction) -> list[str]:
    """Runs that have something to do, oldest first."""
    return [
        row["id"]
        for row in tx.rows(
            "select id::text from bill_run where state in ('running', 'withdrawing') order by started_at"
        )
    ]


def progress(tx: Transaction, run_id: str) -> Row | None:
    """Where a run stands."""
    return tx.row(
        """select id::text as run, provider, period, state, cursor::text, reason, started_by::text from bill_run
           where id = cast(:id as uuid)""",
        id=run_id,
    )


def next_accounts(tx: Transaction, provider: str, period: str, cursor: str | None, limit: int) -> list[str]:
    """The following accounts, opened by the end of the period, that have no bill in force for it."""
    rows = tx.rows(
        """select a.id::text from account a
           where a.provider = :provider and a.closed_on is null and a.opened_on < cast(:after as date)
             and a.id > coalesce(cast(:cursor as uuid), '00000000-0000-0000-0000-000000000000')
             and not exists (select 1 from bill_in_force f where f.account = a.id and f.period = :period)
           order by a.id limit :limit""",
        provider=provider,
        cursor=cursor,
        period=period,
        after=parse_period(next_period(period)),
        limit=limit,
    )
    return [row["id"] for row in rows]


def next_bills(tx: Transaction, run_id: str, cursor: str | None, limit: int) -> list[Row]:
    """The following bills of a run that are in force, by account: (bill, account)."""
    return tx.rows(
        """select b.id::text as bill, b.account::text from bill b join bill_in_force f on f.bill = b.id
           where b.run = cast(:run as uuid)
             and b.account > coalesce(cast(:cursor as uuid), '00000000-0000-0000-0000-000000000000')
           order by b.account limit :limit""",
        run=run_id,
        cursor=cursor,
        limit=limit,
    )


def advance_run(
    tx: Transaction, progress: Row, cursor: str, bills: int, charged: Decimal, *, withdrawn: int = 0
) -> bool:
    """A page of bills is made, or ``withdrawn`` (then ``bills`` and ``charged`` are below zero). False, and nothing is
    changed, where the run does not stand any more where it stood."""
    return (
        tx.run(
            """update bill_run set cursor = cast(:cursor as uuid), bills = bills + :bills, charged = charged + :charged,
                   withdrawn = withdrawn + :withdrawn
               where id = cast(:id as uuid) and state = :state and cursor is not distinct from cast(:before as uuid)""",
            cursor=cursor,
            bills=bills,
            charged=charged,
            withdrawn=withdrawn,
            id=progress["run"],
            state=progress["state"],
            before=progress["cursor"],
        )
        == 1
    )


def withdrew_one(tx: Transaction, run_id: str, charged: Decimal) -> None:
    """One bill of the run, apart from all others."""
    tx.run(
        """update bill_run set bills = bills - 1, charged = charged - :charged, withdrawn = withdrawn + 1
           where id = cast(:id as uuid)""",
        charged=charged,
        id=run_id,
    )


def cancel_run(tx: Transaction, run_id: str, state: str, reason: str) -> None:
    """From now on its bills are withdrawn."""
    tx.run(
        """update bill_run set cursor = case when state = :state then cursor end, state = :state, reason = :reason,
               finished_at = null
           where id = cast(:id as uuid)""",
        state=state,
        reason=reason,
        id=run_id,
    )


def finish_run(tx: Transaction, progress: Row, state: str, at: datetime) -> Row | None:
    """Nothing is left to do; None if somebody else has moved it meanwhile."""
    return tx.row(
        """update bill_run set state = :state, finished_at = :at, cursor = null
           where id = cast(:id as uuid) and state = :before and cursor is not distinct from cast(:cursor as uuid)
           returning provider, period, bills""",
        state=state,
        at=at,
        id=progress["run"],
        before=progress["state"],
        cursor=progress["cursor"],
    )

"""Bill runs, bills and their lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from chassis.bulk import insert_rows
from chassis.transaction import Transaction
from contracts.periods import next_period, parse_period, previous_period

Row = Mapping[str, Any]

BILL_COLUMNS = {
    "id": "uuid", "run": "uuid", "account": "uuid", "provider": "text", "period": "text", "number": "text",
    "currency": "text", "opening": "numeric", "paid": "numeric", "charged": "numeric", "closing": "numeric",
    "due_on": "date", "early_until": "date", "level": "text", "points": "int", "issued_at": "timestamptz",
}  # fmt: skip
LINE_COLUMNS = {
    "bill": "uuid", "ordinal": "smallint", "account": "uuid", "period": "text", "kind": "text", "resource": "text",
    "component": "text", "zone": "text", "unit": "text", "serial": "text", "register": "text", "opening": "numeric",
    "closing": "numeric", "opening_at": "timestamptz", "closing_at": "timestamptz", "source": "text",
    "consumption": "numeric", "price": "numeric", "amount": "numeric", "vat_rate": "numeric", "vat": "numeric",
    "rule": "text", "recalculates": "text",
}  # fmt: skip
BILL = """b.id::text as bill, b.account::text, b.provider, a.number as account_number, b.period, b.number, b.currency,
    b.opening, b.paid, b.charged, b.closing, b.due_on, b.early_until, b.level, b.points, b.issued_at"""


# --- runs -----------------------------------------------------------------------------------------------------------


def start_run(tx: Transaction, run: str, provider: str, period: str, started_by: str, at: datetime) -> Row:
    """The run of the provider's period: made, or found; one that is done is taken up again for new accounts."""
    found = tx.row(
        """insert into bill_run (id, provider, period, state, started_by, started_at, accounts)
           values (cast(:id as uuid), :provider, :period, 'running', cast(:by as uuid), :at,
                   (select count(*) from account where provider = :provider and closed_on is null
                      and opened_on < cast(:after as date)))
           on conflict (provider, period) do update set
               state = 'running', cursor = case when bill_run.state = 'done' then null else bill_run.cursor end,
               accounts = excluded.accounts, finished_at = null
           returning id::text as run, provider, period, state, accounts, bills, charged, started_at, finished_at""",
        id=run,
        provider=provider,
        period=period,
        by=started_by,
        at=at,
        after=parse_period(next_period(period)),
    )
    assert found is not None
    return found


def run(tx: Transaction, run_id: str) -> Row | None:
    """Its progress."""
    return tx.row(
        """select id::text as run, provider, period, state, accounts, bills, charged, started_at, finished_at
           from bill_run where id = cast(:id as uuid)""",
        id=run_id,
    )


def unfinished_runs(tx: Transaction) -> list[str]:
    """Runs that are not done, oldest first."""
    return [
        row["id"]
        for row in tx.rows("select id::text from bill_run where state = 'running' order by started_at")
    ]


def unfinished_run(tx: Transaction, run_id: str) -> Row | None:
    """Where a run stands; None once it is done."""
    return tx.row(
        """select id::text as run, provider, period, cursor::text from bill_run
           where id = cast(:id as uuid) and state = 'running'""",
        id=run_id,
    )


def next_accounts(tx: Transaction, provider: str, period: str, cursor: str | None, limit: int) -> list[str]:
    """The following accounts, opened by the end of the period, that have no bill for it."""
    rows = tx.rows(
        """select a.id::text from account a
           where a.provider = :provider and a.closed_on is null and a.opened_on < cast(:after as date)
             and a.id > coalesce(cast(:cursor as uuid), '00000000-0000-0000-0000-000000000000')
             and not exists (select 1 from bill b where b.account = a.id and b.period = :period)
           order by a.id limit :limit""",
        provider=provider,
        cursor=cursor,
        period=period,
        after=parse_period(next_period(period)),
        limit=limit,
    )
    return [row["id"] for row in rows]


def advance_run(tx: Transaction, run_id: str, cursor: str, bills: int, charged: Decimal) -> None:
    """A page is done."""
    tx.run(
        """update bill_run set cursor = greatest(coalesce(cursor, cast(:cursor as uuid)), cast(:cursor as uuid)),
               bills = bills + :bills, charged = charged + :charged where id = cast(:id as uuid)""",
        cursor=cursor,
        bills=bills,
        charged=charged,
        id=run_id,
    )


def finish_run(tx: Transaction, run_id: str, at: datetime) -> Row | None:
    """Done; None if it was already."""
    return tx.row(
        """update bill_run set state = 'done', finished_at = :at where id = cast(:id as uuid) and state = 'running'
           returning provider, period, bills""",
        at=at,
        id=run_id,
    )


# --- bills ----------------------------------------------------------------------------------------------------------


def add_bills(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Insert bills; the accounts whose bill of the period was not there yet."""
    added = insert_rows(
        tx,
        "bill",
        BILL_COLUMNS,
        rows,
        suffix="on conflict (account, period) do nothing returning account::text",
    )
    return {row["account"] for row in added}


def add_lines(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert lines."""
    insert_rows(tx, "charge_line", LINE_COLUMNS, rows)


def open_estimates(tx: Transaction, accounts: list[str], period: str) -> list[Row]:
    """Estimated lines of earlier periods that no reading has replaced yet, oldest first."""
    return tx.rows(
        """select bill::text, ordinal, account::text, period, kind, resource, component, zone, unit, consumption,
                  price, amount, vat_rate, vat
           from charge_line where account = any(cast(:accounts as uuid[])) and kind in ('average', 'norm')
             and source = 'estimate' and recalculated_in is null and period < :period
           order by account, period, ordinal""",
        accounts=accounts,
        period=period,
    )


def close_estimates(tx: Transaction, keys: Sequence[tuple[str, int, str]]) -> None:
    """(bill, ordinal, period of the recalculation) each."""
    if not keys:
        return
    tx.run(
        """update charge_line l set recalculated_in = k.period
           from unnest(cast(:bills as uuid[]), cast(:ordinals as smallint[]), cast(:periods as text[]))
                as k(bill, ordinal, period)
           where l.bill = k.bill and l.ordinal = k.ordinal""",
        bills=[key[0] for key in keys],
        ordinals=[key[1] for key in keys],
        periods=[key[2] for key in keys],
    )


def last_closings(tx: Transaction, accounts: list[str]) -> dict[str, Decimal]:
    """What the last bill of each account came to."""
    rows = tx.rows(
        """select distinct on (account) account::text, closing from bill
           where account = any(cast(:accounts as uuid[])) order by account, issued_at desc, period desc""",
        accounts=accounts,
    )
    return {row["account"]: row["closing"] for row in rows}


def billed_until(tx: Transaction, accounts: list[str], period: str) -> dict[tuple[str, str, str], Row]:
    """By (account, serial, register): the reading up to which earlier bills have charged.

    That is the closing one of the last charge by readings; before there was any, the opening one of the first
    estimate. Only for accounts whose bill of the period before is out: else that one charges what is missing.
    """
    rows = tx.rows(
        """select distinct on (account, serial, register) account::text, serial, register,
                  coalesce(closing, opening) as value, coalesce(closing_at, opening_at) as at
           from charge_line l
           where account = any(cast(:accounts as uuid[])) and serial is not null and register is not null
             and coalesce(closing, opening) is not null and kind in ('actual', 'export', 'average', 'norm')
             and period < :period
             and exists (select 1 from bill b where b.account = l.account and b.period = :previous)
           order by account, serial, register, kind in ('actual', 'export') desc,
                    case when kind in ('actual', 'export') then period end desc, period, ordinal""",
        accounts=accounts,
        period=period,
        previous=previous_period(period),
    )
    return {(row["account"], row["serial"], row["register"]): row for row in rows}


def actual_history(
    tx: Transaction, accounts: list[str], period: str
) -> dict[str, dict[tuple[str, str], list[Decimal]]]:
    """By account and (resource, zone): consumption by actual readings of the last six such periods before this one,
    newest first."""
    rows = tx.rows(
        """select account::text, resource, zone, consumption from (
               select account, resource, zone, period, sum(consumption) as consumption,
                      row_number() over (partition by account, resource, zone order by period desc) as place
               from charge_line where account = any(cast(:accounts as uuid[])) and kind = 'actual'
                 and component in ('water', resource) and period < :period
               group by account, resource, zone, period) recent
           where place <= 6 order by account, resource, zone, place""",
        accounts=accounts,
        period=period,
    )
    found: dict[str, dict[tuple[str, str], list[Decimal]]] = {}
    for row in rows:
        mine = found.setdefault(row["account"], {})
        mine.setdefault((row["resource"], row["zone"]), []).append(row["consumption"])
    return found


def bill(tx: Transaction, bill_id: str) -> Row | None:
    """A bill."""
    return tx.row(
        f"select {BILL} from bill b join account a on a.id = b.account where b.id = cast(:id as uuid)",
        id=bill_id,
    )


def lines(tx: Transaction, bill_id: str) -> list[Row]:
    """Its lines."""
    return tx.rows(
        """select ordinal, kind, resource, component, zone, unit, serial, register, opening, closing, opening_at,
                  closing_at, source, consumption, price, amount, vat_rate, vat, rule, recalculates, recalculated_in
           from charge_line where bill = cast(:bill as uuid) order by ordinal""",
        bill=bill_id,
    )


def last_bills(tx: Transaction, accounts: list[str]) -> dict[str, Row]:
    """The newest bill of each account."""
    rows = tx.rows(
        f"""select distinct on (b.account) {BILL} from bill b join account a on a.id = b.account
            where b.account = any(cast(:accounts as uuid[])) order by b.account, b.issued_at desc""",
        accounts=accounts,
    )
    return {row["account"]: row for row in rows}


def history(tx: Transaction, accounts: list[str], before: datetime | None, limit: int) -> list[Row]:
    """Bills of accounts, newest first."""
    return tx.rows(
        f"""select {BILL} from bill b join account a on a.id = b.account
            where b.account = any(cast(:accounts as uuid[]))
              and (cast(:before as timestamptz) is null or b.issued_at < :before)
            order by b.issued_at desc, b.id limit :limit""",
        accounts=accounts,
        before=before,
        limit=limit,
    )

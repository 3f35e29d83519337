"""Bills and their lines: only ever added to. Which bill of a period is in force is a row of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from chassis.bulk import insert_rows
from chassis.transaction import Transaction
from contracts.periods import previous_period
from contracts.rpc.billing import MoneyHistoryRequest
from services.billing.domain.charges import ChargeLine
from services.billing.domain.history import Used, months_of

Row = Mapping[str, Any]

BILL_COLUMNS = {
    "id": "uuid", "run": "uuid", "account": "uuid", "provider": "text", "period": "text", "revision": "int",
    "number": "text",
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
BILL = """b.id::text as bill, b.run::text, b.account::text, b.provider, a.number as account_number, b.period,
    b.revision, b.number, b.currency, b.opening, b.paid, b.charged, b.closing, b.due_on, b.early_until, b.level,
    b.points, b.issued_at, w.withdrawn_at"""
FROM = """from bill b join account a on a.id = b.account left join bill_in_force f on f.bill = b.id
    left join bill_withdrawal w on w.bill = b.id"""


def add_bills(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Insert bills and put them in force; the accounts that had none in force for the period yet."""
    if not rows:
        return set()
    casts = ", ".join(f"cast(:{name} as {kind}[])" for name, kind in BILL_COLUMNS.items())
    names = ", ".join(BILL_COLUMNS)
    added = tx.tuples(
        f"""with new as (select * from unnest({casts}) as new({names})),
                 placed as (
                     insert into bill_in_force (account, period, bill) select account, period, id from new
                     on conflict do nothing returning bill)
            insert into bill ({names}) select {names} from new where id in (select bill from placed)
            returning account::text""",
        **{name: [row[name] for row in rows] for name in BILL_COLUMNS},
    )
    return {account for (account,) in added}


def revisions(tx: Transaction, accounts: list[str], period: str) -> dict[str, int]:
    """The number of the last bill that an account had for the period, by account; mostly there is none."""
    rows = tx.tuples(
        """select account::text, max(revision) from bill
           where account = any(cast(:accounts as uuid[])) and period = :period group by account""",
        accounts=accounts,
        period=period,
    )
    return dict(rows)


def withdraw(tx: Transaction, bills: Sequence[str], reason: str, by: str | None, at: datetime) -> None:
    """They are in force no more."""
    tx.run(
        """with gone as (delete from bill_in_force where bill = any(cast(:bills as uuid[])) returning bill)
           insert into bill_withdrawal (bill, reason, withdrawn_by, withdrawn_at)
           select bill, :reason, cast(:by as uuid), :at from gone""",
        bills=list(bills),
        reason=reason,
        by=by,
        at=at,
    )


def withdrawn(tx: Transaction, bills: Sequence[str]) -> list[Row]:
    """Bills as their withdrawal is announced, with the balance of their accounts."""
    return tx.rows(
        """select b.id::text as bill, b.account::text, b.provider, b.number, a.number as account_number, b.period,
                  b.currency, b.charged, b.revision, t.amount as balance
           from bill b join account a on a.id = b.account join balance t on t.account = b.account
           where b.id = any(cast(:bills as uuid[])) order by b.account""",
        bills=list(bills),
    )


def with_later_bills(tx: Transaction, found: Sequence[str]) -> set[str]:
    """The accounts of these bills that have a bill in force which was issued after them, and so stands on them."""
    rows = tx.tuples(
        """select distinct b.account::text
           from bill b join bill_in_force f on f.account = b.account join bill other on other.id = f.bill
           where b.id = any(cast(:bills as uuid[])) and other.id <> b.id
             and (other.issued_at, other.period) > (b.issued_at, b.period)""",
        bills=list(found),
    )
    return {account for (account,) in rows}


def add_lines(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert lines."""
    insert_rows(tx, "charge_line", LINE_COLUMNS, rows)


def open_estimates(tx: Transaction, accounts: list[str], period: str) -> list[Row]:
    """Estimated lines of earlier periods, in bills in force, that no reading has replaced yet, oldest first."""
    return tx.rows(
        """select l.bill::text, l.ordinal, l.account::text, l.period, l.kind, l.resource, l.component, l.zone, l.unit,
                  l.consumption, l.price, l.amount, l.vat_rate, l.vat
           from charge_line l join bill_in_force f on f.bill = l.bill
           where l.account = any(cast(:accounts as uuid[])) and l.kind in ('average', 'norm')
             and l.source = 'estimate' and l.period < :period
             and not exists (select from recalculation r join bill_in_force g on g.bill = r.recalculated_by
                             where r.bill = l.bill and r.ordinal = l.ordinal)
           order by l.account, l.period, l.ordinal""",
        accounts=accounts,
        period=period,
    )


def estimate_line(row: Any) -> ChargeLine:
    """A row of ``bills.open_estimates`` as the rules know it."""
    names = (
        "kind", "resource", "component", "zone", "unit", "consumption", "price", "amount", "vat_rate", "vat",
    )  # fmt: skip
    return ChargeLine(**{name: row[name] for name in names}, rule="", source="estimate")


def note_recalculations(tx: Transaction, keys: Sequence[tuple[str, int, str]]) -> None:
    """(bill, ordinal) of an estimate, and the bill that takes it back, each."""
    insert_rows(
        tx,
        "recalculation",
        {"bill": "uuid", "ordinal": "smallint", "recalculated_by": "uuid"},
        [{"bill": bill, "ordinal": ordinal, "recalculated_by": by} for bill, ordinal, by in keys],
    )


def last_closings(tx: Transaction, accounts: list[str]) -> dict[str, Decimal]:
    """What the last bill in force of each account came to."""
    rows = tx.tuples(
        """select distinct on (f.account) f.account::text, b.closing
           from bill_in_force f join bill b on b.id = f.bill
           where f.account = any(cast(:accounts as uuid[]))
           order by f.account, b.issued_at desc, f.period desc""",
        accounts=accounts,
    )
    return dict(rows)


def billed_until(tx: Transaction, accounts: list[str], period: str) -> dict[tuple[str, str, str], Row]:
    """By (account, serial, register): the reading up to which earlier bills have charged, and the period it closed.

    That is the closing one of the last charge by readings; before there was any, the opening one of the first
    estimate. Only for accounts whose bill of the period before is in force: else that one charges what is missing.
    """
    rows = tx.rows(
        """select distinct on (l.account, l.serial, l.register) l.account::text, l.serial, l.register,
                  coalesce(l.closing, l.opening) as value, coalesce(l.closing_at, l.opening_at) as at, l.period,
                  l.kind in ('actual', 'export') as read
           from charge_line l join bill_in_force f on f.bill = l.bill
           where l.account = any(cast(:accounts as uuid[])) and l.serial is not null and l.register is not null
             and coalesce(l.closing, l.opening) is not null and l.kind in ('actual', 'export', 'average', 'norm')
             and l.period < :period
             and exists (select 1 from bill_in_force p where p.account = l.account and p.period = :previous)
           order by l.account, l.serial, l.register, l.kind in ('actual', 'export') desc,
                    case when l.kind in ('actual', 'export') then l.period end desc, l.period, l.ordinal""",
        accounts=accounts,
        period=period,
        previous=previous_period(period),
    )
    return {
        (row["account"], row["serial"], row["register"]): {
            **row,
            # The opening reading of an estimate closed the month before it.
            "period": row["period"] if row["read"] else previous_period(row["period"]),
        }
        for row in rows
    }


def actual_history(
    tx: Transaction, accounts: list[str], period: str
) -> dict[str, dict[tuple[str, str], list[Used]]]:
    """By account and (resource, zone): what was used by readings, of the last six bills before this period that had
    any, newest first."""
    rows = tx.tuples(
        """select account::text, resource, zone, period, consumption, opening_at, closing_at from (
               select l.account, l.resource, l.zone, l.period, sum(l.consumption) as consumption,
                      min(l.opening_at) as opening_at, max(l.closing_at) as closing_at,
                      row_number() over (partition by l.account, l.resource, l.zone order by l.period desc) as place
               from charge_line l join bill_in_force f on f.bill = l.bill
               where l.account = any(cast(:accounts as uuid[])) and l.kind = 'actual'
                 and l.component in ('water', l.resource) and l.period < :period
               group by l.account, l.resource, l.zone, l.period) recent
           where place <= 6 order by account, resource, zone, place""",
        accounts=accounts,
        period=period,
    )
    found: dict[str, dict[tuple[str, str], list[Used]]] = {}
    for account, resource, zone, of, units, opening_at, closing_at in rows:
        mine = found.setdefault(account, {})
        mine.setdefault((resource, zone), []).append(Used(of, months_of(opening_at, closing_at), units))
    return found


def bill(tx: Transaction, bill_id: str) -> Row | None:
    """A bill."""
    return tx.row(
        f"select {BILL} {FROM} where b.id = cast(:id as uuid)",
        id=bill_id,
    )


def lines(tx: Transaction, bill_id: str) -> list[Row]:
    """Its lines."""
    return tx.rows(
        """select l.ordinal, l.kind, l.resource, l.component, l.zone, l.unit, l.serial, l.register, l.opening,
                  l.closing, l.opening_at, l.closing_at, l.source, l.consumption, l.price, l.amount, l.vat_rate,
                  l.vat, l.rule, l.recalculates,
                  (select g.period from recalculation r join bill_in_force g on g.bill = r.recalculated_by
                   where r.bill = l.bill and r.ordinal = l.ordinal) as recalculated_in
           from charge_line l where l.bill = cast(:bill as uuid) order by l.ordinal""",
        bill=bill_id,
    )


def last_bills(tx: Transaction, accounts: list[str]) -> dict[str, Row]:
    """The newest bill in force of each account."""
    rows = tx.rows(
        f"""select distinct on (f.account) {BILL} {FROM} where f.account = any(cast(:accounts as uuid[]))
            order by f.account, b.issued_at desc, f.period desc""",
        accounts=accounts,
    )
    return {row["account"]: row for row in rows}


def history(tx: Transaction, accounts: list[str], asked: MoneyHistoryRequest) -> list[Row]:
    """Bills of accounts, those that were withdrawn among them, newest first; their amount is what they charge."""
    return tx.rows(
        f"""select {BILL} {FROM}
            where b.account = any(cast(:accounts as uuid[]))
              and (cast(:provider as text) is null or b.provider = :provider)
              and (cast(:least as numeric) is null or b.charged >= :least)
              and (cast(:greatest as numeric) is null or b.charged <= :greatest)
              and (cast(:since as timestamptz) is null or b.issued_at >= :since)
              and (cast(:before as timestamptz) is null or b.issued_at < :before)
            order by b.issued_at desc, b.id limit :limit""",
        accounts=accounts,
        provider=asked.provider,
        least=asked.least,
        greatest=asked.greatest,
        since=asked.since,
        before=asked.before,
        limit=asked.limit,
    )

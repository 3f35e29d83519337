"""Monthly partitions of interval days, raw and checked (by day), and register readings (by time, in UTC).

Each table has a default partition for what belongs to no month that was made: nothing is refused for its date. A month
that is made later takes its rows out of it. Tables and columns are named in the code, never by a request.
"""

from __future__ import annotations

import re
from datetime import date

from chassis.transaction import Transaction
from services.metering.domain.months import shifted

COLUMNS = {
    "interval_day": "day",
    "interval_day_old": "day",
    "interval_day_checked": "day",
    "interval_day_checked_old": "day",
    "register_reading": "at",
}
READINGS = "register_reading"

# Whoever waits for a lock on the whole table makes all others wait behind it: rather try again later.
SHORT_LOCKS = "set local lock_timeout = '2s'"
LONG_STATEMENTS = "set local statement_timeout = '10min'"


def months(tx: Transaction, table: str) -> list[date]:
    """First days of the months that have a partition."""
    rows = tx.rows(
        """select child.relname as name from pg_inherits i
           join pg_class parent on parent.oid = i.inhparent join pg_class child on child.oid = i.inhrelid
           where parent.relname = :table and parent.relnamespace = to_regnamespace(current_schema())""",
        table=table,
    )
    found = (re.fullmatch(rf"{table}_y(\d{{4}})m(\d\d)", row["name"]) for row in rows)
    return sorted(date(int(match[1]), int(match[2]), 1) for match in found if match)


def add(tx: Transaction, table: str, month: date) -> int:
    """Make a month's partition; how many rows moved into it from the default one."""
    column, name = COLUMNS[table], _name(table, month)
    first, end = _bounds(table, month)
    tx.run(SHORT_LOCKS)
    tx.run(LONG_STATEMENTS)
    tx.run(f"create table {name} (like {table} including defaults including constraints)")
    # Nobody may add to the month between the move and the moment it has a place of its own.
    tx.run(f"lock table {table}_default in access exclusive mode")
    moved = tx.run(
        f"""with moved as (delete from {table}_default where "{column}" >= :first and "{column}" < :end returning *)
            insert into {name} select * from moved""",
        first=first,
        end=end,
    )
    tx.run(f"alter table {table} attach partition {name} for values from ('{first}') to ('{end}')")
    return moved


def drop(tx: Transaction, table: str, month: date) -> None:
    """Drop a month. Of register readings the last one of each register that has no newer one is kept, in the default
    partition: what comes next counts from it."""
    name = _name(table, month)
    tx.run(SHORT_LOCKS)
    tx.run(LONG_STATEMENTS)
    if table == READINGS:
        tx.run(
            f"""create temporary table kept on commit drop as
                select r.* from {name} r where r.superseded_at is null and {_LAST}"""
        )
        tx.run(f"alter table {table} detach partition {name}")
        tx.run(f"insert into {table} select * from kept")
    tx.run(f"drop table {name}")


def forget(tx: Transaction, table: str, before: date, limit: int) -> int:
    """Delete some rows of the default partition that are older; how many. The same readings are kept."""
    column = COLUMNS[table]
    kept = f"and (r.superseded_at is not null or not ({_LAST}))" if table == READINGS else ""
    return tx.run(
        f"""delete from {table}_default where ctid = any(array(
                select r.ctid from {table}_default r where r."{column}" < :before {kept} limit :limit))""",
        before=before if table != READINGS else f"{before.isoformat()} 00:00:00+00",
        limit=limit,
    )


_LAST = f"""not exists (select 1 from {READINGS} newer where newer.meter = r.meter and newer.register = r.register
    and newer.superseded_at is null and (newer.at, newer.version) > (r.at, r.version))"""


def _name(table: str, month: date) -> str:
    return f"{table}_y{month:%Y}m{month:%m}"


def _bounds(table: str, month: date) -> tuple[str, str]:
    hours = " 00:00:00+00" if COLUMNS[table] == "at" else ""
    end = shifted(month, 1)
    return month.isoformat() + hours, end.isoformat() + hours

"""Monthly partitions of interval days, raw and checked (by day), and register readings (by time, in UTC).

Each table has a default partition for what belongs to no month that was made: nothing is refused for its date. A month
that is made later takes its rows out of it. Making and dropping are functions in the database, of the tables' owner
(migration 0007). Tables and columns are named in the code, never by a request.
"""

from __future__ import annotations

import re
from datetime import date

from chassis.transaction import Transaction

COLUMNS = {
    "interval_day": "day",
    "interval_day_old": "day",
    "interval_day_checked": "day",
    "interval_day_checked_old": "day",
    "register_reading": "at",
}
READINGS = "register_reading"


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
    moved: int = tx.value("select make_month(:table, cast(:month as date))", table=table, month=month)
    return moved


def drop(tx: Transaction, table: str, month: date) -> None:
    """Drop a month. Of register readings the last one of each register that has no newer one is kept, in the default
    partition: what comes next counts from it."""
    tx.run("select drop_month(:table, cast(:month as date))", table=table, month=month)


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

"""Many rows in one statement, through unnest: the fastest way that a green psycopg2 connection has (COPY is
refused there)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chassis.transaction import Row, Transaction


def insert_rows(
    tx: Transaction,
    table: str,
    columns: Mapping[str, str],
    rows: Sequence[Mapping[str, Any]],
    *,
    suffix: str = "",
) -> list[Row]:
    """Insert rows; ``columns`` gives the PostgreSQL type of each column, ``suffix`` an ON CONFLICT or RETURNING.

    Table, columns and suffix come from the code, never from a request.
    """
    if not rows:
        return []
    casts = ", ".join(f"cast(:{name} as {kind}[])" for name, kind in columns.items())
    statement = f"insert into {table} ({', '.join(columns)}) select * from unnest({casts}) {suffix}"
    values = {name: [row.get(name) for row in rows] for name in columns}
    if "returning" in suffix:
        return tx.rows(statement, **values)
    tx.run(statement, **values)
    return []

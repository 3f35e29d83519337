"""How a service tells what it holds on a person (ID-9): whole rows, so that a new column is not forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from chassis.transaction import Transaction

#: What the person may look at, of a service that keeps grants.
ACCESS: Final = "select to_jsonb(t) as row from access t where person = :person order by since, account"


def rows_by_table(
    tx: Transaction, statements: Mapping[str, str], person: str
) -> dict[str, list[dict[str, Any]]]:
    """Rows as plain JSON. Each statement names ``:person`` and selects one JSON object a row, as ``row``."""
    return {
        table: [row["row"] for row in tx.rows(statement, person=person)]
        for table, statement in statements.items()
    }

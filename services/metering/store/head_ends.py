"""Head ends and the suppliers whose meters they may speak for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from chassis.transaction import Transaction

Row = Mapping[str, Any]


def add(tx: Transaction, head_end: str, providers: Collection[str], at: datetime) -> None:
    """It may speak for these as well."""
    tx.run(
        """insert into head_end (name, provider, added_at)
           select :name, unnest(cast(:providers as text[])), :at on conflict do nothing""",
        name=head_end,
        providers=sorted(providers),
        at=at,
    )


def remove(tx: Transaction, head_end: str) -> int:
    """It speaks for nobody; how many suppliers it spoke for."""
    return tx.run("delete from head_end where name = :name", name=head_end)


def every(tx: Transaction) -> list[Row]:
    """Each with its suppliers, by name."""
    return tx.rows(
        """select name, array_agg(provider order by provider) as providers, min(added_at) as added_at
           from head_end group by name order by name"""
    )


def pairs(tx: Transaction) -> frozenset[tuple[str, str]]:
    """(head end, supplier) of each."""
    return frozenset(tx.tuples("select name, provider from head_end"))

"""Accounts of the suppliers' customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chassis.bulk import insert_rows
from chassis.transaction import Transaction

Row = Mapping[str, Any]

COLUMNS = {
    "id": "uuid",
    "provider": "text",
    "number": "text",
    "holder": "text",
    "address": "text",
    "house": "text",
    "letter": "text",
    "flat": "text",
    "extension": "text",
    "email": "text",
    "people": "smallint",
    "area": "numeric",
    "kind": "text",
    "delivery": "text",
    "language": "text",
    "currency": "text",
    "opened_on": "date",
    "tariffs": "text",
}


def add_accounts(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Insert accounts that are not there yet, each with its zero balance; the ids that were new."""
    casts = ", ".join(f"cast(:{name} as {kind}[])" for name, kind in COLUMNS.items())
    names = ", ".join(COLUMNS)
    added = tx.rows(
        f"""insert into account ({names})
            select {names.replace("tariffs", "string_to_array(tariffs, ' ')")}
            from unnest({casts}) as new({names})
            on conflict do nothing returning id::text, currency""",
        **{
            name: [" ".join(row[name]) if name == "tariffs" else row[name] for row in rows]
            for name in COLUMNS
        },
    )
    insert_rows(
        tx,
        "balance",
        {"account": "uuid", "currency": "text"},
        [{"account": row["id"], "currency": row["currency"]} for row in added],
        suffix="on conflict do nothing",
    )
    return [row["id"] for row in added]


#: What a later file of the supplier may change, with their types; a null leaves what is there.
CHANGEABLE = {
    name: kind
    for name, kind in COLUMNS.items()
    if name
    in ("holder", "address", "house", "letter", "flat", "extension", "email", "people", "area", "tariffs")
}


def update_accounts(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> int:
    """Bring accounts up to what the supplier says of them now; how many changed."""
    casts = ", ".join(f"cast(:{name} as {kind}[])" for name, kind in CHANGEABLE.items())
    names = ", ".join(CHANGEABLE)
    wanted = {name: f"coalesce(new.{name}, a.{name})" for name in CHANGEABLE}
    wanted["tariffs"] = "coalesce(string_to_array(new.tariffs, ' '), a.tariffs)"
    return tx.run(
        f"""update account a set ({names}) = row({", ".join(wanted.values())})
            from unnest(cast(:ids as uuid[]), {casts}) as new(id, {names})
            where a.id = new.id and ({", ".join(f"a.{name}" for name in CHANGEABLE)})
                  is distinct from ({", ".join(wanted.values())})""",
        ids=[row["id"] for row in rows],
        **{
            name: [
                " ".join(row[name]) if name == "tariffs" and row[name] is not None else row[name]
                for row in rows
            ]
            for name in CHANGEABLE
        },
    )


def account(tx: Transaction, account_id: str) -> Row | None:
    """With its balance."""
    found = accounts(tx, [account_id])
    return found[0] if found else None


def accounts(tx: Transaction, ids: list[str]) -> list[Row]:
    """With their balances and standings."""
    return tx.rows(
        """select a.id::text as account, a.provider, a.number, a.holder, a.address, a.people, a.area, a.kind, a.tariffs,
                  a.delivery, a.language, a.currency, a.opened_on, b.amount as balance, s.level, s.points
           from account a join balance b on b.account = a.id left join standing s on s.account = a.id
           where a.id = any(cast(:ids as uuid[])) order by a.provider, a.number""",
        ids=ids,
    )


def set_delivery(tx: Transaction, account_id: str, delivery: str) -> None:
    """How bills are delivered."""
    tx.run(
        "update account set delivery = :delivery where id = cast(:id as uuid)",
        delivery=delivery,
        id=account_id,
    )


def save_standing(tx: Transaction, account_id: str, level: str, points: int, at: datetime) -> None:
    """What loyalty said last; an older event changes nothing."""
    tx.run(
        """insert into standing (account, level, points, at) values (cast(:account as uuid), :level, :points, :at)
           on conflict (account) do update set level = excluded.level, points = excluded.points, at = excluded.at
           where standing.at <= excluded.at""",
        account=account_id,
        level=level,
        points=points,
        at=at,
    )

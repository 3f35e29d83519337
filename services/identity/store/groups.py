"""A person's groups of accounts. Whoever changes them has locked the person's row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.transaction import Transaction

Row = Mapping[str, Any]


def groups(tx: Transaction, person_id: str) -> list[Row]:
    """In the order in which they were made; the default one before what was made with it."""
    return tx.rows(
        """select id::text, name, is_default from account_group where person = cast(:person as uuid)
           order by created_at, is_default desc, id""",
        person=person_id,
    )


def add_group(
    tx: Transaction, group_id: str, person_id: str, name: str, at: datetime, *, default: bool = False
) -> None:
    """A new one."""
    tx.run(
        """insert into account_group (id, person, name, created_at, is_default)
           values (cast(:id as uuid), cast(:person as uuid), :name, :at, :is_default)""",
        id=group_id,
        person=person_id,
        name=name,
        at=at,
        is_default=default,
    )


def make_default(tx: Transaction, group_id: str) -> None:
    """The one where accounts go that were put nowhere."""
    tx.run("update account_group set is_default = true where id = cast(:id as uuid)", id=group_id)


def rename_group(tx: Transaction, group_id: str, name: str) -> None:
    """Another name."""
    tx.run("update account_group set name = :name where id = cast(:id as uuid)", name=name, id=group_id)


def empty_into(tx: Transaction, group_id: str, other_id: str) -> None:
    """All accounts of a group go to another one, those that are linked no more, too."""
    for table in ("link", "access_grant"):
        tx.run(
            f"""update {table} set account_group = cast(:other as uuid)
                where account_group = cast(:id as uuid)""",
            other=other_id,
            id=group_id,
        )


def delete_group(tx: Transaction, group_id: str) -> None:
    """An empty one."""
    tx.run("delete from account_group where id = cast(:id as uuid)", id=group_id)

"""Members of staff."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.transaction import Transaction

Row = Mapping[str, Any]


def staff(tx: Transaction, after: str | None, limit: int) -> list[Row]:
    """A page of everybody with a role, in the order of ids."""
    return tx.rows(
        """select p.id::text as person, p.email, p.name, p.roles, p.created_at, p.disabled_at,
                  coalesce(f.sealed is not null, false) as second_factor,
                  (select max(s.used_at) from session s where s.person = p.id) as last_seen_at
           from person p left join second_factor f on f.person = p.id
           where p.roles <> '{}' and (cast(:after as uuid) is null or p.id > cast(:after as uuid))
           order by p.id limit :limit""",
        after=after,
        limit=limit,
    )


def member(tx: Transaction, person_id: str) -> Row | None:
    """Somebody with a role, locked."""
    return tx.row(
        """select id::text, email, name, language, roles, disabled_at from person
           where id = cast(:id as uuid) and roles <> '{}' for no key update""",
        id=person_id,
    )


def lock_administrators(tx: Transaction) -> list[str]:
    """Ids of those who can act as administrator; nobody else changes who that is meanwhile."""
    tx.run("select pg_advisory_xact_lock(hashtextextended('identity.administrators', 0))")
    rows = tx.rows("select id::text from person where 'administrator' = any(roles) and disabled_at is null")
    return [row["id"] for row in rows]


def set_roles(tx: Transaction, person_id: str, roles: list[str]) -> None:
    """What the member may do."""
    tx.run(
        "update person set roles = cast(:roles as text[]) where id = cast(:id as uuid)",
        roles=roles,
        id=person_id,
    )


def set_disabled(tx: Transaction, person_id: str, at: datetime | None) -> None:
    """Since when the member cannot sign in; None: can again."""
    tx.run("update person set disabled_at = :at where id = cast(:id as uuid)", at=at, id=person_id)

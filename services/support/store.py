"""Support's statements: the only place with SQL of this service."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from authorisation.personal_data import ACCESS, rows_by_table
from chassis.transaction import Transaction

Row = Mapping[str, Any]

# --- levels -------------------------------------------------------------------------------------------------------


def save_level(tx: Transaction, account: str, level: str, at: datetime) -> None:
    """An older word that comes late is ignored."""
    tx.run(
        """insert into account_level (account, level, at) values (cast(:account as uuid), :level, :at)
           on conflict (account) do update set level = excluded.level, at = excluded.at
           where account_level.at <= excluded.at""",
        account=account,
        level=level,
        at=at,
    )


def levels(tx: Transaction, accounts: list[str]) -> list[str]:
    """Levels of those of the accounts that have one."""
    rows = tx.rows(
        "select level from account_level where account = any(cast(:accounts as uuid[]))", accounts=accounts
    )
    return [row["level"] for row in rows]


# --- appeals ------------------------------------------------------------------------------------------------------


def add_appeal(
    tx: Transaction,
    appeal_id: str,
    *,
    person: str,
    kind: str,
    account: str | None,
    subject: str,
    priority: int,
    state: str,
    at: datetime,
) -> None:
    """A new one, which waits for staff."""
    tx.run(
        """insert into appeal (id, person, kind, account, subject, state, priority, opened_at, waiting_since,
                               changed_at)
           values (cast(:id as uuid), :person, :kind, cast(:account as uuid), :subject, :state, :priority, :at,
                   :at, :at)""",
        id=appeal_id,
        state=state,
        person=person,
        kind=kind,
        account=account,
        subject=subject,
        priority=priority,
        at=at,
    )


def appeal(tx: Transaction, appeal_id: str, *, lock: bool = False) -> Row | None:
    """By id; locked if it is about to change."""
    return tx.row(
        f"select * from appeal where id = cast(:id as uuid) {'for update' if lock else ''}", id=appeal_id
    )


def set_state(tx: Transaction, appeal_id: str, state: str, at: datetime) -> None:
    """After a transition. What waits already keeps its place in the queue."""
    tx.run(
        """update appeal set changed_at = :at, state = :state,
               waiting_since = case when :state = 'waiting' and state <> 'waiting' then :at else waiting_since end
           where id = cast(:id as uuid)""",
        state=state,
        at=at,
        id=appeal_id,
    )


def add_message(
    tx: Transaction, message: str, appeal_id: str, *, side: str, author: str, text: str, at: datetime
) -> None:
    """Into the thread."""
    tx.run(
        """insert into appeal_message (id, appeal, side, author, text, at)
           values (cast(:id as uuid), cast(:appeal as uuid), :side, :author, :text, :at)""",
        id=message,
        appeal=appeal_id,
        side=side,
        author=author,
        text=text,
        at=at,
    )


def messages(tx: Transaction, appeal_id: str) -> list[Row]:
    """The thread, oldest first."""
    return tx.rows(
        """select id::text, side, author, text, at from appeal_message
           where appeal = cast(:appeal as uuid) order by appeal_message.id""",
        appeal=appeal_id,
    )


def appeals_of(tx: Transaction, person: str, limit: int, before: str | None) -> list[Row]:
    """The person's, newest first."""
    return tx.rows(
        """select * from appeal
           where person = :person and (cast(:before as uuid) is null or id < cast(:before as uuid))
           order by id desc limit :limit""",
        person=person,
        before=before,
        limit=limit,
    )


def queue(tx: Transaction, limit: int, after: str | None) -> list[Row]:
    """What waits for staff: by priority, then who has waited longest. ``after`` is the last one seen, which may have
    been answered meanwhile."""
    return tx.rows(
        """select * from appeal a where state = 'waiting'
             and (cast(:after as uuid) is null or exists (
                  select from appeal seen where seen.id = cast(:after as uuid)
                  and (-a.priority, a.waiting_since, a.id) > (-seen.priority, seen.waiting_since, seen.id)))
           order by priority desc, waiting_since, id limit :limit""",
        limit=limit,
        after=after,
    )


def count_waiting(tx: Transaction) -> int:
    """How many wait."""
    count: int = tx.value("select count(*) from appeal where state = 'waiting'")
    return count


# --- people -------------------------------------------------------------------------------------------------------


def erase_person(tx: Transaction, person: str, state: str, at: datetime) -> None:
    """What was written in a person's appeals, by either side; that there were appeals, and when, stays. Those that were
    open are in ``state`` then."""
    tx.run(
        """update appeal_message m set text = '' from appeal a where m.appeal = a.id and a.person = :person""",
        person=person,
    )
    tx.run(
        """update appeal set subject = '', state = :state,
               changed_at = case when state <> :state then :at else changed_at end
           where person = :person""",
        person=person,
        state=state,
        at=at,
    )


def personal_data(tx: Transaction, person: str) -> dict[str, list[dict[str, Any]]]:
    """Rows as plain JSON, by table; who of the staff answered is not the person's data."""
    statements = {
        "appeal": "select to_jsonb(t) as row from appeal t where person = :person order by id",
        "appeal_message": """select to_jsonb(t) - case when t.side = 'person' then '' else 'author' end as row
                             from appeal_message t join appeal a on a.id = t.appeal
                             where a.person = :person order by t.id""",
        "access": ACCESS,
    }
    return rows_by_table(tx, statements, person)

"""Groups and linked accounts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.transaction import Transaction

Row = Mapping[str, Any]


def group(tx: Transaction, group_id: str, person_id: str, name: str, at: datetime) -> str:
    """The person's group of that name, made if it is not there; its id."""
    found: str = tx.value(
        """insert into account_group (id, person, name, created_at)
           values (cast(:id as uuid), cast(:person as uuid), :name, :at)
           on conflict (person, name) do update set name = excluded.name returning id::text""",
        id=group_id,
        person=person_id,
        name=name,
        at=at,
    )
    return found


def link(tx: Transaction, person_id: str, account: str) -> Row | None:
    """The link, locked."""
    return tx.row(
        """select * from link where person = cast(:person as uuid) and account = cast(:account as uuid)
           for update""",
        person=person_id,
        account=account,
    )


def save_link(
    tx: Transaction,
    person_id: str,
    account: str,
    *,
    provider: str,
    number: str,
    name: str,
    group_id: str,
    scopes: list[str],
    at: datetime,
) -> None:
    """Link, or link again after an unlinking."""
    tx.run(
        """insert into link (person, account, provider, number, name, account_group, scopes, state, linked_at)
           values (cast(:person as uuid), cast(:account as uuid), :provider, :number, :name,
                   cast(:group as uuid), :scopes, 'linked', :at)
           on conflict (person, account) do update set state = 'linked', name = excluded.name,
               account_group = excluded.account_group, scopes = excluded.scopes, linked_at = excluded.linked_at""",
        person=person_id,
        account=account,
        provider=provider,
        number=number,
        name=name,
        group=group_id,
        scopes=scopes,
        at=at,
    )


def set_link_state(tx: Transaction, person_id: str, account: str, state: str) -> None:
    """After a transition."""
    tx.run(
        """update link set state = :state
           where person = cast(:person as uuid) and account = cast(:account as uuid)""",
        state=state,
        person=person_id,
        account=account,
    )


def links(tx: Transaction, person_id: str) -> list[Row]:
    """The person's accounts with their groups, oldest first."""
    return tx.rows(
        """select l.account::text, l.provider, l.number, l.name, l.scopes, g.name as group_name,
                  g.id::text as group_id, l.linked_at
           from link l join account_group g on g.id = l.account_group
           where l.person = cast(:person as uuid) and l.state = 'linked' order by l.linked_at, l.account""",
        person=person_id,
    )


def grant_of(tx: Transaction, person_id: str, account: str) -> Row | None:
    """Scopes and beginning of the person's link to the account, if there is one."""
    return tx.row(
        """select scopes, linked_at from link where person = cast(:person as uuid)
           and account = cast(:account as uuid) and state = 'linked'""",
        person=person_id,
        account=account,
    )

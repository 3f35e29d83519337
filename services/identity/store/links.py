"""Accounts that people have linked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.transaction import Transaction

Row = Mapping[str, Any]


def link(tx: Transaction, person_id: str, account: str) -> Row | None:
    """The link, locked, whatever its state."""
    return tx.row(
        """select * from link where person = cast(:person as uuid) and account = cast(:account as uuid)
           for update""",
        person=person_id,
        account=account,
    )


def lock_links_of(tx: Transaction, account: str) -> list[Row]:
    """Every link of the account that lasts, locked in one order: what counts over the account counts alone."""
    return tx.rows(
        """select person::text, state from link where account = cast(:account as uuid) and state <> 'unlinked'
           order by person for update""",
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
    state: str,
    at: datetime,
) -> int:
    """Link, or link again after an unlinking; an earlier confirmation counts no more. The version of the access."""
    version: int = tx.value(
        """insert into link (person, account, provider, number, name, account_group, scopes, state, linked_at)
           values (cast(:person as uuid), cast(:account as uuid), :provider, :number, :name,
                   cast(:group as uuid), :scopes, :state, :at)
           on conflict (person, account) do update set state = excluded.state, name = excluded.name,
               account_group = excluded.account_group, scopes = excluded.scopes, linked_at = excluded.linked_at,
               id = gen_random_uuid(), confirmed_by = null, confirmed_at = null,
               version = excluded.version
           returning version""",
        person=person_id,
        account=account,
        provider=provider,
        number=number,
        name=name,
        group=group_id,
        scopes=scopes,
        state=state,
        at=at,
    )
    return version


def end_link(tx: Transaction, person_id: str, account: str, state: str) -> int:
    """After a transition; the version of the access."""
    version: int = tx.value(
        """update link set state = :state, version = nextval('access_version')
           where person = cast(:person as uuid) and account = cast(:account as uuid) returning version""",
        state=state,
        person=person_id,
        account=account,
    )
    return version


def confirm_link(
    tx: Transaction, person_id: str, account: str, state: str, scopes: list[str], by: str, at: datetime
) -> int:
    """After the transition: it opens more. The version of the access."""
    version: int = tx.value(
        """update link set state = :state, scopes = :scopes, confirmed_by = :by, confirmed_at = :at,
               version = nextval('access_version')
           where person = cast(:person as uuid) and account = cast(:account as uuid) returning version""",
        state=state,
        scopes=scopes,
        by=by,
        at=at,
        person=person_id,
        account=account,
    )
    return version


def set_own(tx: Transaction, person_id: str, account: str, *, name: str | None, group_id: str | None) -> bool:
    """The person's own name of the account and its group; None leaves one as it is. False if it is not linked."""
    return (
        tx.run(
            """update link set name = coalesce(:name, name),
                   account_group = coalesce(cast(:group as uuid), account_group)
               where person = cast(:person as uuid) and account = cast(:account as uuid) and state <> 'unlinked'""",
            name=name,
            group=group_id,
            person=person_id,
            account=account,
        )
        == 1
    )


def links(tx: Transaction, person_id: str) -> list[Row]:
    """The person's accounts with their groups, oldest first."""
    return tx.rows(
        """select l.account::text, l.provider, l.number, l.name, l.scopes, l.state, g.name as group_name,
                  g.id::text as group_id, l.linked_at
           from link l join account_group g on g.id = l.account_group
           where l.person = cast(:person as uuid) and l.state <> 'unlinked' order by l.linked_at, l.account""",
        person=person_id,
    )


def access_of_link(tx: Transaction, person_id: str, account: str) -> Row | None:
    """Scopes of the person's link to the account and since when, if there is one. A confirmation began them anew."""
    return tx.row(
        """select scopes, coalesce(confirmed_at, linked_at) as since, version from link
           where person = cast(:person as uuid) and account = cast(:account as uuid) and state <> 'unlinked'""",
        person=person_id,
        account=account,
    )

"""New phones that wait for their day (ID-5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.transaction import Transaction

Row = Mapping[str, Any]


def add_change(
    tx: Transaction,
    change: str,
    *,
    person: str,
    channel: str,
    old_contact: str,
    new_contact: str,
    at: datetime,
    takes_effect_at: datetime,
) -> None:
    """One that waits; the person has no other of the channel (see ``waiting``)."""
    tx.run(
        """insert into contact_change (id, person, channel, old_contact, new_contact, state, created_at,
                                       takes_effect_at)
           values (cast(:id as uuid), cast(:person as uuid), :channel, :old, :new, 'waiting', :at, :takes_effect_at)""",
        id=change,
        person=person,
        channel=channel,
        old=old_contact,
        new=new_contact,
        at=at,
        takes_effect_at=takes_effect_at,
    )


def waiting(tx: Transaction, person: str) -> Row | None:
    """The person's change that waits, locked."""
    return tx.row(
        "select * from contact_change where person = cast(:person as uuid) and state = 'waiting' for update",
        person=person,
    )


def shown(tx: Transaction, person: str) -> Row | None:
    """The same, to be looked at."""
    return tx.row(
        "select * from contact_change where person = cast(:person as uuid) and state = 'waiting'",
        person=person,
    )


def change(tx: Transaction, change_id: str) -> Row | None:
    """By id, locked."""
    return tx.row("select * from contact_change where id = cast(:id as uuid) for update", id=change_id)


def waiting_for_old(tx: Transaction, contact: str) -> Row | None:
    """The change that would take this address from its owner, locked."""
    return tx.row(
        "select * from contact_change where old_contact = :contact and state = 'waiting' for update",
        contact=contact,
    )


def due(tx: Transaction, now: datetime) -> list[Row]:
    """Id and person of those whose day has come, oldest first."""
    return tx.rows(
        """select id::text, person::text from contact_change where state = 'waiting' and takes_effect_at <= :now
           order by takes_effect_at, id limit 100""",
        now=now,
    )


def set_change_state(tx: Transaction, change_id: str, state: str, at: datetime) -> None:
    """After a transition."""
    tx.run(
        "update contact_change set state = :state, finished_at = :at where id = cast(:id as uuid)",
        state=state,
        at=at,
        id=change_id,
    )


def forget(tx: Transaction, before: datetime) -> int:
    """Those that are long over."""
    return tx.run("delete from contact_change where finished_at < :before", before=before)


def forget_of(tx: Transaction, person: str) -> int:
    """All of a person."""
    return tx.run("delete from contact_change where person = cast(:person as uuid)", person=person)

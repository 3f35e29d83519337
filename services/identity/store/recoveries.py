"""Recoveries of passwords (ID-4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.transaction import Transaction

Row = Mapping[str, Any]


def add_recovery(
    tx: Transaction,
    recovery: str,
    *,
    person: str | None,
    channel: str,
    contact: str,
    at: datetime,
    expires_at: datetime,
) -> None:
    """One that waits; without a person where nobody has the address."""
    tx.run(
        """insert into recovery (id, person, channel, contact, state, created_at, expires_at)
           values (cast(:id as uuid), cast(:person as uuid), :channel, :contact, 'waiting', :at, :expires)""",
        id=recovery,
        person=person,
        channel=channel,
        contact=contact,
        at=at,
        expires=expires_at,
    )


def recovery(tx: Transaction, recovery_id: str) -> Row | None:
    """Locked until the end of the transaction."""
    return tx.row("select * from recovery where id = cast(:id as uuid) for update", id=recovery_id)


def set_recovery_state(tx: Transaction, recovery_id: str, state: str) -> None:
    """After a transition."""
    tx.run("update recovery set state = :state where id = cast(:id as uuid)", state=state, id=recovery_id)


def replace_others(tx: Transaction, person: str, recovery_id: str, state: str) -> None:
    """The transition of a person's other waiting ones: a code that was sent before opens nothing any more."""
    tx.run(
        """update recovery set state = :state
           where person = cast(:person as uuid) and state = 'waiting' and id <> cast(:id as uuid)""",
        state=state,
        person=person,
        id=recovery_id,
    )


def expire(tx: Transaction, state: str, now: datetime) -> int:
    """The transition of all that were never confirmed."""
    return tx.run(
        "update recovery set state = :state where state = 'waiting' and expires_at <= :now",
        state=state,
        now=now,
    )


def forget(tx: Transaction, before: datetime) -> int:
    """Those that are long over."""
    return tx.run("delete from recovery where state <> 'waiting' and expires_at < :before", before=before)


def forget_of(tx: Transaction, person: str, contacts: list[str]) -> int:
    """All of a person."""
    return tx.run(
        """delete from recovery where person = cast(:person as uuid)
           or contact = any(cast(:contacts as text[]))""",
        person=person,
        contacts=contacts,
    )

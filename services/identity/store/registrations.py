"""Registrations that wait to be confirmed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.transaction import Transaction

Row = Mapping[str, Any]


def add_registration(
    tx: Transaction,
    registration: str,
    *,
    channel: str,
    contact: str,
    password_hash: str,
    surname: str,
    name: str,
    language: str,
    agreement: str,
    consents: list[dict[str, str]],
    linking: str | None,
    address: str,
    at: datetime,
    expires_at: datetime,
) -> None:
    """One that waits. ``linking`` is a sealed request to link an account, ``address`` the network address that
    asked."""
    tx.run(
        """insert into registration (id, channel, contact, password_hash, surname, name, language, agreement, consents,
                                     linking, address, state, created_at, expires_at)
           values (cast(:id as uuid), :channel, :contact, :hash, :surname, :name, :language, :agreement,
                   cast(:consents as jsonb), :linking, :address, 'waiting', :at, :expires)""",
        id=registration,
        channel=channel,
        contact=contact,
        hash=password_hash,
        surname=surname,
        name=name,
        language=language,
        agreement=agreement,
        consents=json.dumps(consents),
        linking=linking,
        address=address,
        at=at,
        expires=expires_at,
    )


def registration(tx: Transaction, registration_id: str) -> Row | None:
    """Locked until the end of the transaction."""
    return tx.row("select * from registration where id = cast(:id as uuid) for update", id=registration_id)


def set_registration_state(
    tx: Transaction, registration_id: str, state: str, person: str | None = None
) -> None:
    """After the transition to a final state: the password is the person's now, or nobody's."""
    tx.run(
        """update registration set state = :state, person = cast(:person as uuid), password_hash = '', linking = null
           where id = cast(:id as uuid)""",
        state=state,
        person=person,
        id=registration_id,
    )


def expire(tx: Transaction, state: str, now: datetime) -> int:
    """The transition of all that were never confirmed; what was typed in is of no use to anyone."""
    return tx.run(
        """update registration set state = :state, password_hash = '', linking = null, surname = '', name = ''
           where state = 'waiting' and expires_at <= :now""",
        state=state,
        now=now,
    )


def forget(tx: Transaction, before: datetime) -> int:
    """Those that are long over."""
    return tx.run("delete from registration where state <> 'waiting' and expires_at < :before", before=before)


def forget_of(tx: Transaction, person: str, contacts: list[str]) -> int:
    """All of a person, and any under the person's addresses."""
    return tx.run(
        """delete from registration where person = cast(:person as uuid)
           or contact = any(cast(:contacts as text[]))""",
        person=person,
        contacts=contacts,
    )

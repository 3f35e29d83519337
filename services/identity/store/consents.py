"""What people agreed to (ID-9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chassis.bulk import insert_rows
from chassis.transaction import Transaction

Row = Mapping[str, Any]
_COLUMNS = {
    "id": "uuid",
    "person": "uuid",
    "document": "text",
    "version": "text",
    "given_at": "timestamptz",
    "given_from": "text",
}


def add_consents(tx: Transaction, consents: Sequence[Row]) -> None:
    """Which text was agreed to, when, from where; rows with the columns above."""
    insert_rows(tx, "consent", _COLUMNS, consents)


def consents(tx: Transaction, person_id: str) -> list[Row]:
    """All of the person, newest first."""
    return tx.rows(
        """select id::text, document, version, state, given_at, given_from, revoked_at from consent
           where person = cast(:person as uuid) order by given_at desc, id desc""",
        person=person_id,
    )


def in_force(tx: Transaction, person_id: str, document: str) -> Row | None:
    """The one that holds, locked."""
    return tx.row(
        """select id::text, version, state from consent
           where person = cast(:person as uuid) and document = :document and state = 'given' for update""",
        person=person_id,
        document=document,
    )


def set_consent_state(tx: Transaction, consent_id: str, state: str, revoked_at: datetime | None) -> None:
    """After a transition."""
    tx.run(
        "update consent set state = :state, revoked_at = :at where id = cast(:id as uuid)",
        state=state,
        at=revoked_at,
        id=consent_id,
    )


def end_all(tx: Transaction, person_id: str, state: str, at: datetime) -> None:
    """The transition of all that hold; of none is kept from where it was given. The dates stay: they prove that what
    was done until then was allowed."""
    tx.run(
        """update consent set given_from = '',
               revoked_at = case when state = 'given' then :at else revoked_at end,
               state = case when state = 'given' then :state else state end
           where person = cast(:person as uuid)""",
        state=state,
        at=at,
        person=person_id,
    )

"""Sessions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chassis.transaction import Transaction

Row = Mapping[str, Any]


def add_session(
    tx: Transaction, session: str, person_id: str, refresh_hash: str, at: datetime, life: timedelta
) -> None:
    """An open session."""
    tx.run(
        """insert into session (id, person, refresh_hash, state, created_at, used_at, expires_at)
           values (cast(:id as uuid), cast(:person as uuid), :hash, 'open', :at, :at, :expires)""",
        id=session,
        person=person_id,
        hash=refresh_hash,
        at=at,
        expires=at + life,
    )


def session(tx: Transaction, session_id: str) -> Row | None:
    """With its person's roles, locked."""
    return tx.row(
        """select s.*, p.roles from session s join person p on p.id = s.person
           where s.id = cast(:id as uuid) for update of s""",
        id=session_id,
    )


def rotate_session(tx: Transaction, session_id: str, refresh_hash: str, at: datetime) -> None:
    """The next refresh token."""
    tx.run(
        """update session set refresh_hash = :hash, used_at = :at
           where id = cast(:id as uuid)""",
        hash=refresh_hash,
        at=at,
        id=session_id,
    )


def end_session(tx: Transaction, session_id: str, state: str) -> None:
    """After a transition."""
    tx.run("update session set state = :state where id = cast(:id as uuid)", state=state, id=session_id)

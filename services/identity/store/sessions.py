"""Sessions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chassis.transaction import Transaction

Row = Mapping[str, Any]


def add_session(
    tx: Transaction,
    session: str,
    person_id: str,
    refresh_hash: str,
    at: datetime,
    life: timedelta,
    *,
    device: str,
    network: str,
    second_factor: bool,
) -> None:
    """An open session."""
    tx.run(
        """insert into session (id, person, refresh_hash, state, created_at, used_at, expires_at, device, network,
                                second_factor)
           values (cast(:id as uuid), cast(:person as uuid), :hash, 'open', :at, :at, :expires, :device, :network,
                   :second_factor)""",
        id=session,
        person=person_id,
        hash=refresh_hash,
        at=at,
        expires=at + life,
        device=device,
        network=network,
        second_factor=second_factor,
    )


def session(tx: Transaction, session_id: str) -> Row | None:
    """With its person's roles, locked."""
    return tx.row(
        """select s.*, p.roles from session s join person p on p.id = s.person
           where s.id = cast(:id as uuid) for update of s""",
        id=session_id,
    )


def rotate_session(
    tx: Transaction, session_id: str, refresh_hash: str, at: datetime, device: str, network: str
) -> None:
    """The next refresh token, and where it was asked for (what is empty stays as it was)."""
    tx.run(
        """update session set refresh_hash = :hash, used_at = :at, device = coalesce(nullif(:device, ''), device),
               network = coalesce(nullif(:network, ''), network)
           where id = cast(:id as uuid)""",
        hash=refresh_hash,
        at=at,
        device=device,
        network=network,
        id=session_id,
    )


def confirm_session(tx: Transaction, session_id: str) -> None:
    """The second factor was shown in this session: from now on its tokens carry roles."""
    tx.run("update session set second_factor = true where id = cast(:id as uuid)", id=session_id)


def end_sessions(
    tx: Transaction, person_id: str, state: str, *, only: str | None = None, but: str | None = None
) -> list[str]:
    """End open sessions of a person: all, one, or all but one; their ids. The moment is the machine's, as that of
    access tokens is."""
    rows = tx.rows(
        """update session set state = :state, ended_at = clock_timestamp(), ended_by = pg_current_xact_id()
           where person = cast(:person as uuid) and state = 'open'
             and (cast(:only as uuid) is null or id = cast(:only as uuid))
             and (cast(:but as uuid) is null or id <> cast(:but as uuid))
           returning id::text""",
        state=state,
        person=person_id,
        only=only,
        but=but,
    )
    return [row["id"] for row in rows]


def open_sessions(tx: Transaction, person_id: str, now: datetime) -> list[Row]:
    """Those that can be used, the last used first."""
    return tx.rows(
        """select id::text, created_at, used_at, device, network, second_factor from session
           where person = cast(:person as uuid) and state = 'open' and expires_at > :now
           order by used_at desc, id""",
        person=person_id,
        now=now,
    )


def used_from(tx: Transaction, login: str, network: str, since: datetime) -> bool:
    """Was anyone of that login signed in from the network? Costs the same for a login that is not there."""
    found: bool = tx.value(
        """select exists (select 1 from session s join person p on p.id = s.person
                          where (p.phone = :login or p.email = :login) and s.network = :network
                            and s.used_at > :since)""",
        login=login,
        network=network,
        since=since,
    )
    return found


def ended_since(tx: Transaction, cursor: int, life: timedelta) -> tuple[list[str], int]:
    """Sessions whose end no reader of the cursor has seen, if it is not longer ago than ``life``; the next cursor.

    The cursor is a transaction's number, below which none was open when it was read: an end that is committed late
    is not missed, though one with a higher number was seen before. Some may be seen twice.
    """
    [border] = tx.rows("select pg_snapshot_xmin(pg_current_snapshot())::text as border")
    following = int(border["border"])
    # A database that was restored elsewhere counts anew.
    known = cursor if cursor <= following else 0
    rows = tx.rows(
        """select id::text from session
           where ended_at > clock_timestamp() - cast(:life as interval) and state <> 'expired'
             and ended_by >= cast(cast(:known as text) as xid8)""",
        life=life,
        known=str(known),
    )
    return [row["id"] for row in rows], following

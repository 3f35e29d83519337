"""One-time codes and links, as digests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.transaction import Transaction

Row = Mapping[str, Any]


def add_code(
    tx: Transaction,
    code_id: str,
    *,
    purpose: str,
    owner: str,
    channel: str,
    address: str,
    code_hash: str,
    at: datetime,
    expires_at: datetime,
    replaced: str,
) -> None:
    """A new code; ``replaced`` is the next state of the owner's earlier ones for the purpose."""
    tx.run(
        """update one_time_code set state = :replaced
           where owner = cast(:owner as uuid) and purpose = :purpose and state = 'issued'""",
        owner=owner,
        purpose=purpose,
        replaced=replaced,
    )
    tx.run(
        """insert into one_time_code
               (id, purpose, owner, channel, address, code_hash, state, created_at, expires_at)
           values (cast(:id as uuid), :purpose, cast(:owner as uuid), :channel, :address, :hash, 'issued', :at,
                   :expires)""",
        id=code_id,
        purpose=purpose,
        owner=owner,
        channel=channel,
        address=address,
        hash=code_hash,
        at=at,
        expires=expires_at,
    )


def open_code(tx: Transaction, owner: str, purpose: str) -> Row | None:
    """The code that waits to be entered, locked."""
    return tx.row(
        """select * from one_time_code where owner = cast(:owner as uuid) and purpose = :purpose
           and state = 'issued' order by created_at desc limit 1 for update""",
        owner=owner,
        purpose=purpose,
    )


def set_code(tx: Transaction, code_id: str, state: str, tries: int) -> None:
    """After a try."""
    tx.run(
        "update one_time_code set state = :state, tries = :tries where id = cast(:id as uuid)",
        state=state,
        tries=tries,
        id=code_id,
    )


def code(tx: Transaction, code_id: str, *, lock: bool = False) -> Row | None:
    """By id, as links name it; locked if it is about to change."""
    return tx.row(
        f"select * from one_time_code where id = cast(:id as uuid) {'for update' if lock else ''}", id=code_id
    )


def expire(tx: Transaction, state: str, now: datetime) -> int:
    """The transition of all that nobody entered in time."""
    return tx.run(
        "update one_time_code set state = :state where state = 'issued' and expires_at <= :now",
        state=state,
        now=now,
    )


def forget(tx: Transaction, before: datetime) -> int:
    """Those that are long over."""
    return tx.run("delete from one_time_code where state <> 'issued' and expires_at < :before", before=before)


def forget_of(tx: Transaction, owners: list[str], contacts: list[str]) -> int:
    """All of these owners, and any to these addresses."""
    return tx.run(
        """delete from one_time_code where owner = any(cast(:owners as uuid[]))
           or address = any(cast(:contacts as text[]))""",
        owners=owners,
        contacts=contacts,
    )

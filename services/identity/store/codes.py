"""One-time codes, as digests."""

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
) -> None:
    """A new code replaces the owner's earlier ones for the purpose."""
    tx.run(
        """update one_time_code set state = 'replaced'
           where owner = cast(:owner as uuid) and purpose = :purpose and state = 'issued'""",
        owner=owner,
        purpose=purpose,
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

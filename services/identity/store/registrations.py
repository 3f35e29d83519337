"""Registrations that wait for their confirmation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.transaction import Transaction

Row = Mapping[str, Any]


def add_registration(
    tx: Transaction,
    registration: str,
    phone: str,
    password_hash: str,
    language: str,
    agreement: str,
    address: str,
    at: datetime,
) -> None:
    """A registration that waits for its code, with the version of the agreement that was accepted."""
    tx.run(
        """insert into registration (id, phone, password_hash, language, state, created_at, agreement, address)
           values (cast(:id as uuid), :phone, :hash, :language, 'waiting', :at, :agreement, :address)""",
        id=registration,
        phone=phone,
        hash=password_hash,
        language=language,
        at=at,
        agreement=agreement,
        address=address,
    )


def registration(tx: Transaction, registration_id: str) -> Row | None:
    """Locked until the end of the transaction."""
    return tx.row("select * from registration where id = cast(:id as uuid) for update", id=registration_id)


def set_registration_state(tx: Transaction, registration_id: str, state: str) -> None:
    """After a transition."""
    tx.run(
        "update registration set state = :state where id = cast(:id as uuid)", state=state, id=registration_id
    )

"""People."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.transaction import Transaction

Row = Mapping[str, Any]


def person_by_login(tx: Transaction, login: str) -> Row | None:
    """By phone (E.164) or e-mail (lower case)."""
    return tx.row("select * from person where phone = :login or email = :login", login=login)


def person(tx: Transaction, person_id: str) -> Row | None:
    """By id."""
    return tx.row("select * from person where id = cast(:id as uuid)", id=person_id)


def add_person(
    tx: Transaction,
    person_id: str,
    *,
    phone: str | None,
    email: str | None,
    password_hash: str,
    language: str,
    at: datetime,
    roles: list[str] | None = None,
    name: str = "",
) -> bool:
    """False if the phone or e-mail is taken."""
    return (
        tx.run(
            """insert into person (id, phone, email, password_hash, name, language, roles, created_at)
               values (cast(:id as uuid), :phone, :email, :hash, :name, :language, cast(:roles as text[]), :at)
               on conflict do nothing""",
            id=person_id,
            phone=phone,
            email=email,
            hash=password_hash,
            name=name,
            language=language,
            roles=roles or [],
            at=at,
        )
        == 1
    )


def set_email(tx: Transaction, person_id: str, email: str) -> None:
    """A confirmed address."""
    tx.run("update person set email = :email where id = cast(:id as uuid)", email=email, id=person_id)

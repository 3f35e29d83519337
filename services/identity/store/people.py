"""People."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg2 import IntegrityError

from chassis.transaction import Transaction

Row = Mapping[str, Any]

PROFILE = ("surname", "name", "patronymic", "birth_date", "sex", "language")


def person_by_login(tx: Transaction, login: str) -> Row | None:
    """By phone (E.164) or e-mail (lower case)."""
    return tx.row("select * from person where phone = :login or email = :login", login=login)


def person(tx: Transaction, person_id: str, *, lock: bool = False) -> Row | None:
    """By id, unless erased; locked if something is about to change."""
    return tx.row(
        f"""select * from person where id = cast(:id as uuid) and state = 'active'
            {"for no key update" if lock else ""}""",
        id=person_id,
    )


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
    surname: str = "",
) -> bool:
    """False if the phone or e-mail is taken."""
    return (
        tx.run(
            """insert into person (id, phone, email, password_hash, name, surname, language, roles, created_at)
               values (cast(:id as uuid), :phone, :email, :hash, :name, :surname, :language,
                       cast(:roles as text[]), :at)
               on conflict do nothing""",
            id=person_id,
            phone=phone,
            email=email,
            hash=password_hash,
            name=name,
            surname=surname,
            language=language,
            roles=roles or [],
            at=at,
        )
        == 1
    )


def set_contact(tx: Transaction, person_id: str, channel: str, contact: str) -> bool:
    """A confirmed address; ``channel`` is phone or email. False if somebody else has it, also if only just now."""
    try:
        with tx.savepoint():
            return (
                tx.run(
                    f"""update person set {"phone" if channel == "phone" else "email"} = :contact
                        where id = cast(:id as uuid) and state = 'active'""",
                    contact=contact,
                    id=person_id,
                )
                == 1
            )
    except IntegrityError:
        return False


def set_profile(tx: Transaction, person_id: str, changes: Mapping[str, Any]) -> None:
    """Some of PROFILE; the others stay."""
    columns = [name for name in PROFILE if name in changes]
    tx.run(
        f"update person set {', '.join(f'{name} = :{name}' for name in columns)} where id = cast(:id as uuid)",
        **{name: changes[name] for name in columns},
        id=person_id,
    )


def set_password(tx: Transaction, person_id: str, password_hash: str) -> None:
    """What the next sign-in is checked against."""
    tx.run(
        "update person set password_hash = :hash where id = cast(:id as uuid)",
        hash=password_hash,
        id=person_id,
    )


def erase_person(tx: Transaction, person_id: str, state: str, at: datetime) -> None:
    """Nothing is left but the id: what law keeps elsewhere goes on naming it."""
    tx.run(
        """update person set state = :state, erased_at = :at, phone = null, email = null, password_hash = '',
               surname = '', name = '', patronymic = '', birth_date = null, sex = null, roles = '{}'
           where id = cast(:id as uuid)""",
        state=state,
        at=at,
        id=person_id,
    )

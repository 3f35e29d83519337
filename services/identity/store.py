"""Identity's statements: the only place with SQL of this service."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chassis.transaction import Transaction

Row = Mapping[str, Any]


# --- people -----------------------------------------------------------------------------------------------------


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


def add_consent(
    tx: Transaction, consent_id: str, person_id: str, document: str, version: str, at: datetime, source: str
) -> None:
    """Which text was agreed to, when, from where (ID-9)."""
    tx.run(
        """insert into consent (id, person, document, version, given_at, given_from)
           values (cast(:id as uuid), cast(:person as uuid), :document, :version, :at, :source)""",
        id=consent_id,
        person=person_id,
        document=document,
        version=version,
        at=at,
        source=source,
    )


# --- registrations and codes --------------------------------------------------------------------------------------


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


# --- limits -------------------------------------------------------------------------------------------------------


def attempts_since(tx: Transaction, kind: str, key: str, since: datetime) -> int:
    """How often it was tried; counting is serialised per key."""
    tx.run("select pg_advisory_xact_lock(hashtextextended(:name, 11))", name=f"{kind}/{key}")
    count: int = tx.value(
        "select count(*) from attempt where kind = :kind and key = :key and at > :since",
        kind=kind,
        key=key,
        since=since,
    )
    return count


def add_attempt(tx: Transaction, kind: str, key: str, at: datetime) -> None:
    """Count one."""
    tx.run("insert into attempt (kind, key, at) values (:kind, :key, :at)", kind=kind, key=key, at=at)


def forget_attempts(tx: Transaction, before: datetime) -> int:
    """Old ones limit nothing."""
    return tx.run("delete from attempt where at < :before", before=before)


# --- sessions -------------------------------------------------------------------------------------------------------


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


# --- groups and links -----------------------------------------------------------------------------------------------


def group(tx: Transaction, group_id: str, person_id: str, name: str, at: datetime) -> str:
    """The person's group of that name, made if it is not there; its id."""
    found: str = tx.value(
        """insert into account_group (id, person, name, created_at)
           values (cast(:id as uuid), cast(:person as uuid), :name, :at)
           on conflict (person, name) do update set name = excluded.name returning id::text""",
        id=group_id,
        person=person_id,
        name=name,
        at=at,
    )
    return found


def link(tx: Transaction, person_id: str, account: str) -> Row | None:
    """The link, locked."""
    return tx.row(
        """select * from link where person = cast(:person as uuid) and account = cast(:account as uuid)
           for update""",
        person=person_id,
        account=account,
    )


def save_link(
    tx: Transaction,
    person_id: str,
    account: str,
    *,
    provider: str,
    number: str,
    name: str,
    group_id: str,
    scopes: list[str],
    at: datetime,
) -> None:
    """Link, or link again after an unlinking."""
    tx.run(
        """insert into link (person, account, provider, number, name, account_group, scopes, state, linked_at)
           values (cast(:person as uuid), cast(:account as uuid), :provider, :number, :name,
                   cast(:group as uuid), :scopes, 'linked', :at)
           on conflict (person, account) do update set state = 'linked', name = excluded.name,
               account_group = excluded.account_group, scopes = excluded.scopes, linked_at = excluded.linked_at""",
        person=person_id,
        account=account,
        provider=provider,
        number=number,
        name=name,
        group=group_id,
        scopes=scopes,
        at=at,
    )


def set_link_state(tx: Transaction, person_id: str, account: str, state: str) -> None:
    """After a transition."""
    tx.run(
        """update link set state = :state
           where person = cast(:person as uuid) and account = cast(:account as uuid)""",
        state=state,
        person=person_id,
        account=account,
    )


def links(tx: Transaction, person_id: str) -> list[Row]:
    """The person's accounts with their groups, oldest first."""
    return tx.rows(
        """select l.account::text, l.provider, l.number, l.name, l.scopes, g.name as group_name,
                  g.id::text as group_id, l.linked_at
           from link l join account_group g on g.id = l.account_group
           where l.person = cast(:person as uuid) and l.state = 'linked' order by l.linked_at, l.account""",
        person=person_id,
    )


def grant_of(tx: Transaction, person_id: str, account: str) -> Row | None:
    """Scopes and beginning of the person's link to the account, if there is one."""
    return tx.row(
        """select scopes, linked_at from link where person = cast(:person as uuid)
           and account = cast(:account as uuid) and state = 'linked'""",
        person=person_id,
        account=account,
    )

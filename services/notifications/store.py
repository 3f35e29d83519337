"""Notifications' statements: the only place with SQL of this service."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from authorisation.personal_data import ACCESS, rows_by_table
from chassis.transaction import Transaction

Row = Mapping[str, Any]

# --- people, contacts, accounts -----------------------------------------------------------------------------------


def save_person(tx: Transaction, person: str, language: str, at: datetime) -> None:
    """The language of a person; an older word on it, that comes late, is ignored."""
    tx.run(
        """insert into person (id, language, at) values (:person, :language, :at)
           on conflict (id) do update set language = excluded.language, at = excluded.at
           where person.at <= excluded.at and person.erased_at is null""",
        person=person,
        language=language,
        at=at,
    )


def contacts(tx: Transaction, person: str) -> list[Row]:
    """A person's confirmed addresses, locked."""
    return tx.rows("select * from contact where person = :person for update", person=person)


def save_contact(tx: Transaction, person: str, channel: str, address: str, at: datetime) -> bool:
    """A confirmed address, which may bounce anew. False if a later one is known already, or the person is erased."""
    return (
        tx.run(
            """insert into contact (person, channel, address, confirmed_at)
               select :person, :channel, :address, :at
               where not exists (select 1 from person where id = :person and erased_at is not null)
               on conflict (person, channel) do update
                   set address = excluded.address, confirmed_at = excluded.confirmed_at, bounced_at = null
               where contact.confirmed_at <= excluded.confirmed_at""",
            person=person,
            channel=channel,
            address=address,
            at=at,
        )
        == 1
    )


def mark_bounced(tx: Transaction, person: str, channel: str, address: str, at: datetime) -> None:
    """Nothing more goes to this address, unless it was replaced meanwhile."""
    tx.run(
        """update contact set bounced_at = :at
           where person = :person and channel = :channel and address = :address and bounced_at is null""",
        person=person,
        channel=channel,
        address=address,
        at=at,
    )


def language_of(tx: Transaction, person: str) -> str | None:
    """None if nothing is known of the person."""
    found: str | None = tx.value("select language from person where id = :person", person=person)
    return found


def is_erased(tx: Transaction, person: str) -> bool:
    """True after ``erase_person``."""
    found: bool = tx.value(
        "select exists (select 1 from person where id = :person and erased_at is not null)", person=person
    )
    return found


def erase_person(tx: Transaction, person: str, at: datetime) -> None:
    """Contacts, choices, messages, and what was sent or waits; the id stays as a mark that it is over."""
    for table in ("contact", "choice", "message", "dispatch"):
        tx.run(f"delete from {table} where person = :person", person=person)
    tx.run(
        """insert into person (id, language, at, erased_at) values (:person, '', :at, :at)
           on conflict (id) do update set language = '', at = :at, erased_at = :at""",
        person=person,
        at=at,
    )


def personal_data(tx: Transaction, person: str) -> dict[str, list[dict[str, Any]]]:
    """Rows as plain JSON, by table; secrets left out."""
    keys = {
        "person": "id",
        "contact": "person",
        "choice": "person",
        "message": "person",
        "dispatch": "person",
    }
    statements = {
        table: f"select to_jsonb(t) - array['sealed'] as row from {table} t where {key} = :person"
        for table, key in keys.items()
    }
    return rows_by_table(tx, {**statements, "access": ACCESS}, person)


def save_account(tx: Transaction, account: str, provider: str, number: str) -> None:
    """What texts say of an account."""
    tx.run(
        """insert into account (id, provider, number) values (cast(:account as uuid), :provider, :number)
           on conflict do nothing""",
        account=account,
        provider=provider,
        number=number,
    )


def account(tx: Transaction, account_id: str) -> Row | None:
    """Provider and number."""
    return tx.row("select provider, number from account where id = cast(:id as uuid)", id=account_id)


def recipients(tx: Transaction, people: list[str], kind: str) -> list[Row]:
    """For each person: language (null if unknown), contacts that work, channels switched off for the kind."""
    return tx.rows(
        """select asked.person, p.language,
                  array(select c.channel from contact c
                        where c.person = asked.person and c.bounced_at is null) as contacts,
                  array(select h.channel from choice h
                        where h.person = asked.person and h.kind = :kind and not h.enabled) as switched_off
           from unnest(cast(:people as text[])) as asked(person) left join person p on p.id = asked.person
           where p.erased_at is null""",
        people=people,
        kind=kind,
    )


# --- choices ------------------------------------------------------------------------------------------------------


def choices(tx: Transaction, person: str) -> list[Row]:
    """What the person chose so far."""
    return tx.rows("select kind, channel, enabled from choice where person = :person", person=person)


def save_choice(tx: Transaction, person: str, kind: str, channel: str, enabled: bool, at: datetime) -> None:
    """The last word counts."""
    tx.run(
        """insert into choice (person, kind, channel, enabled, changed_at)
           values (:person, :kind, :channel, :enabled, :at)
           on conflict (person, kind, channel) do update
               set enabled = excluded.enabled, changed_at = excluded.changed_at""",
        person=person,
        kind=kind,
        channel=channel,
        enabled=enabled,
        at=at,
    )


# --- messages -----------------------------------------------------------------------------------------------------


def add_message(
    tx: Transaction,
    message: str,
    *,
    person: str,
    kind: str,
    occasion: str,
    title: str,
    text: str,
    data: str,
    at: datetime,
) -> bool:
    """``data`` is JSON. False if the person was told of this occasion already."""
    return (
        tx.run(
            """insert into message (id, person, kind, occasion, title, text, data, at)
               values (cast(:id as uuid), :person, :kind, :occasion, :title, :text, cast(:data as jsonb), :at)
               on conflict (person, kind, occasion) do nothing""",
            id=message,
            person=person,
            kind=kind,
            occasion=occasion,
            title=title,
            text=text,
            data=data,
            at=at,
        )
        == 1
    )


def messages(tx: Transaction, person: str, limit: int, before: str | None) -> list[Row]:
    """Newest first; ids are in the order of time."""
    return tx.rows(
        """select id::text, kind, title, text, data, at, read_at from message
           where person = :person and (cast(:before as uuid) is null or id < cast(:before as uuid))
           order by id desc limit :limit""",
        person=person,
        before=before,
        limit=limit,
    )


def unread(tx: Transaction, person: str) -> int:
    """How many messages the person has not read."""
    count: int = tx.value(
        "select count(*) from message where person = :person and read_at is null", person=person
    )
    return count


def overview(tx: Transaction, person: str, limit: int) -> list[Row]:
    """The latest messages, each with the count of all unread: one statement. One empty row if there are none."""
    return tx.rows(
        """select u.unread, m.* from
               (select count(*) as unread from message where person = :person and read_at is null) u
               left join lateral (select id::text, kind, title, text, data, at, read_at from message
                                  where person = :person order by message.id desc limit :limit) m on true
           order by m.id desc""",
        person=person,
        limit=limit,
    )


def mark_read(tx: Transaction, person: str, messages: list[str] | None, at: datetime) -> int:
    """These of the person's messages, or all of them; the number that were unread."""
    return tx.run(
        """update message set read_at = :at where person = :person and read_at is null
           and (cast(:messages as text[]) is null or id = any(cast(:messages as uuid[])))""",
        person=person,
        messages=messages,
        at=at,
    )


# --- dispatches ---------------------------------------------------------------------------------------------------


def add_dispatch(
    tx: Transaction,
    dispatch: str,
    *,
    person: str,
    kind: str,
    occasion: str,
    channel: str,
    lane: str,
    urgent: bool,
    language: str,
    values: dict[str, Any],
    at: datetime,
    sealed: str | None = None,
    expires_at: datetime | None = None,
) -> bool:
    """A dispatch that waits to be sent. False if the occasion has one already."""
    return (
        tx.run(
            """insert into dispatch (id, person, kind, occasion, channel, lane, urgent, language, "values", sealed,
                                     state, created_at, expires_at)
               values (cast(:id as uuid), :person, :kind, :occasion, :channel, :lane, :urgent, :language,
                       cast(:values as jsonb), :sealed, 'waiting', :at, :expires)
               on conflict (person, kind, occasion, channel) do nothing""",
            id=dispatch,
            person=person,
            kind=kind,
            occasion=occasion,
            channel=channel,
            lane=lane,
            urgent=urgent,
            language=language,
            values=json.dumps(values),
            sealed=sealed,
            at=at,
            expires=expires_at,
        )
        == 1
    )


def claim_dispatches(tx: Transaction, lane: str, most: int, lease: timedelta) -> list[Row]:
    """Lease dispatches whose time has come and count the attempt. Pauses and leases go by the database's clock:
    they are about real servers, whatever time a demo shows. Each comes with the contact it goes to, if any."""
    return tx.rows(
        """with due as (
               select id from dispatch
               where lane = :lane and state in ('waiting', 'retrying') and next_try_at <= now()
                 and (lease_until is null or lease_until < now())
               order by next_try_at limit :most for update skip locked),
           claimed as (
               update dispatch d set lease_until = now() + :lease, attempts = d.attempts + 1
               from due where d.id = due.id returning d.*)
           select claimed.*, c.channel as contact, c.address, c.bounced_at from claimed
           left join contact c on claimed.sealed is null and c.person = claimed.person
               and c.channel = case claimed.channel when 'sms' then 'phone' else claimed.channel end""",
        lane=lane,
        most=most,
        lease=lease,
    )


def next_due(tx: Transaction, lane: str) -> float | None:
    """Seconds until the next dispatch of the lane is due, by the database's clock; None where none waits."""
    found: float | None = tx.value(
        """select cast(extract(epoch from min(greatest(next_try_at, lease_until)) - now()) as double precision)
           from (select next_try_at, lease_until from dispatch
                 where lane = :lane and state in ('waiting', 'retrying') order by next_try_at limit 100) as first""",
        lane=lane,
    )
    return found


def note_dispatch(
    tx: Transaction,
    dispatch: str,
    attempt: int,
    *,
    state: str,
    reason: str,
    pause: timedelta | None,
    finished_at: datetime | None,
) -> bool:
    """The result of an attempt; what is final keeps no secret. False if another attempt began meanwhile."""
    return (
        tx.run(
            """update dispatch set state = :state, reason = :reason, lease_until = null,
                   next_try_at = now() + coalesce(:pause, interval '0'),
                   sealed = case when cast(:finished as timestamptz) is null then sealed end,
                   finished_at = :finished
               where id = cast(:id as uuid) and attempts = :attempt and state in ('waiting', 'retrying')""",
            id=dispatch,
            attempt=attempt,
            state=state,
            reason=reason,
            pause=pause,
            finished=finished_at,
        )
        == 1
    )


def forget_dispatches(tx: Transaction, before: datetime) -> int:
    """Finished ones that nobody asks about any more."""
    return tx.run("delete from dispatch where finished_at < :before", before=before)

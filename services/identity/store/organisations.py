"""Organisations and the accounts of their contracts (ID-8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.transaction import Transaction

Row = Mapping[str, Any]


def add_organisation(
    tx: Transaction,
    organisation: str,
    *,
    name: str,
    country: str,
    tax_number: str,
    branch_code: str,
    created_by: str,
    at: datetime,
) -> None:
    """A new one."""
    tx.run(
        """insert into organisation (id, name, country, tax_number, branch_code, created_by, created_at)
           values (cast(:id as uuid), :name, :country, :number, :branch, cast(:person as uuid), :at)""",
        id=organisation,
        name=name,
        country=country,
        number=tax_number,
        branch=branch_code,
        person=created_by,
        at=at,
    )


def count_made_by(tx: Transaction, person_id: str) -> int:
    """How many a person has made. The person's row is locked."""
    found: int = tx.value(
        "select count(*) from organisation where created_by = cast(:person as uuid)", person=person_id
    )
    return found


def organisation(tx: Transaction, organisation_id: str, *, lock: bool = False) -> Row | None:
    """By id. Whoever changes members or accounts locks it first: those changes happen one after the other."""
    return tx.row(
        f"""select id::text, name, country, tax_number, branch_code, created_at from organisation
            where id = cast(:id as uuid) {"for no key update" if lock else ""}""",
        id=organisation_id,
    )


def link(tx: Transaction, organisation_id: str, account: str) -> Row | None:
    """The organisation's link to an account, whatever its state; the organisation is locked."""
    return tx.row(
        """select * from organisation_link where organisation = cast(:organisation as uuid)
           and account = cast(:account as uuid)""",
        organisation=organisation_id,
        account=account,
    )


def save_link(
    tx: Transaction,
    organisation_id: str,
    account: str,
    *,
    provider: str,
    number: str,
    name: str,
    state: str,
    linked_by: str,
    at: datetime,
) -> int:
    """Link, or link again; an earlier confirmation counts no more. The version of the access."""
    version: int = tx.value(
        """insert into organisation_link (organisation, account, provider, number, name, state, linked_by, linked_at)
           values (cast(:organisation as uuid), cast(:account as uuid), :provider, :number, :name, :state,
                   cast(:person as uuid), :at)
           on conflict (organisation, account) do update set state = excluded.state, name = excluded.name,
               linked_by = excluded.linked_by, linked_at = excluded.linked_at, id = gen_random_uuid(),
               confirmed_by = null, confirmed_at = null, version = excluded.version
           returning version""",
        organisation=organisation_id,
        account=account,
        provider=provider,
        number=number,
        name=name,
        state=state,
        person=linked_by,
        at=at,
    )
    return version


def end_link(tx: Transaction, organisation_id: str, account: str, state: str) -> int:
    """After a transition; the version of the access."""
    version: int = tx.value(
        """update organisation_link set state = :state, version = nextval('access_version')
           where organisation = cast(:organisation as uuid) and account = cast(:account as uuid)
           returning version""",
        state=state,
        organisation=organisation_id,
        account=account,
    )
    return version


def confirm_link(
    tx: Transaction, organisation_id: str, account: str, state: str, by: str, at: datetime
) -> int:
    """After the transition: it opens more. The version of the access."""
    version: int = tx.value(
        """update organisation_link set state = :state, confirmed_by = :by, confirmed_at = :at,
               version = nextval('access_version')
           where organisation = cast(:organisation as uuid) and account = cast(:account as uuid)
           returning version""",
        state=state,
        by=by,
        at=at,
        organisation=organisation_id,
        account=account,
    )
    return version


def links(tx: Transaction, organisation_id: str) -> list[Row]:
    """The organisation's accounts, oldest first."""
    return tx.rows(
        """select account::text, provider, number, name, state, linked_at from organisation_link
           where organisation = cast(:organisation as uuid) and state <> 'unlinked' order by linked_at, account""",
        organisation=organisation_id,
    )


def links_of_member(tx: Transaction, person_id: str, account: str | None = None) -> list[Row]:
    """Accounts that a person has by way of organisations, all or one, with the membership that gives them."""
    return tx.rows(
        """select l.account::text, l.provider, l.number, l.name, l.state, m.id::text as membership, m.role,
                  o.id::text as organisation, o.name as organisation_name,
                  greatest(m.decided_at, l.linked_at, l.confirmed_at) as since,
                  greatest(m.version, l.version) as version
           from membership m join organisation o on o.id = m.organisation
                join organisation_link l on l.organisation = o.id
           where m.person = cast(:person as uuid) and m.state = 'active' and l.state <> 'unlinked'
             and (cast(:account as uuid) is null or l.account = cast(:account as uuid))
           order by l.linked_at, l.account, m.id""",
        person=person_id,
        account=account,
    )

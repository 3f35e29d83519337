"""Who belongs to an organisation, in which role (ID-8). The organisation is locked by whoever changes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.transaction import Transaction

Row = Mapping[str, Any]

_SHOWN = """m.id::text, m.organisation::text, m.person::text, m.channel, m.contact, m.name, m.role, m.state,
            m.created_at, m.expires_at, m.decided_at"""


def add_membership(
    tx: Transaction,
    membership: str,
    organisation: str,
    *,
    person: str | None,
    channel: str,
    contact: str,
    name: str,
    role: str,
    state: str,
    invited_by: str,
    at: datetime,
    expires_at: datetime,
) -> None:
    """An invitation; or a member at once, with a person."""
    tx.run(
        """insert into membership (id, organisation, person, channel, contact, name, role, state, invited_by,
                                   created_at, expires_at, decided_at)
           values (cast(:id as uuid), cast(:organisation as uuid), cast(:person as uuid), :channel, :contact, :name,
                   :role, :state, cast(:by as uuid), :at, :expires,
                   case when cast(:person as uuid) is null then null else cast(:at as timestamptz) end)""",
        id=membership,
        organisation=organisation,
        person=person,
        channel=channel,
        contact=contact,
        name=name,
        role=role,
        state=state,
        by=invited_by,
        at=at,
        expires=expires_at,
    )


def membership(tx: Transaction, membership_id: str, *, lock: bool = False) -> Row | None:
    """By id."""
    return tx.row(
        f"""select {_SHOWN} from membership m where m.id = cast(:id as uuid)
            {"for update" if lock else ""}""",
        id=membership_id,
    )


def members(tx: Transaction, organisation: str) -> list[Row]:
    """Members and those who are invited, oldest first."""
    return tx.rows(
        f"""select {_SHOWN} from membership m where m.organisation = cast(:organisation as uuid)
            and m.state in ('invited', 'active') order by m.created_at, m.id""",
        organisation=organisation,
    )


def active_membership(tx: Transaction, organisation: str, person: str) -> Row | None:
    """The person's membership that lasts."""
    return tx.row(
        f"""select {_SHOWN} from membership m where m.organisation = cast(:organisation as uuid)
            and m.person = cast(:person as uuid) and m.state = 'active'""",
        organisation=organisation,
        person=person,
    )


def of_person(tx: Transaction, person: str) -> list[Row]:
    """The person's organisations with the role in each, oldest first."""
    return tx.rows(
        """select o.id::text as organisation, o.name, o.country, o.tax_number, o.branch_code,
                  m.id::text as membership, m.role
           from membership m join organisation o on o.id = m.organisation
           where m.person = cast(:person as uuid) and m.state = 'active' order by m.decided_at, m.id""",
        person=person,
    )


def invitations(tx: Transaction, contacts: list[str], now: datetime) -> list[Row]:
    """Invitations to these addresses that wait for an answer, with what they are to."""
    return tx.rows(
        f"""select {_SHOWN}, o.name as organisation_name from membership m
            join organisation o on o.id = m.organisation
            where m.contact = any(cast(:contacts as text[])) and m.state = 'invited' and m.expires_at > :now
            order by m.created_at, m.id""",
        contacts=contacts,
        now=now,
    )


def accept_membership(tx: Transaction, membership_id: str, state: str, person: str, at: datetime) -> int:
    """After the transition: now it is somebody's. The version of the access that it gives."""
    version: int = tx.value(
        """update membership set state = :state, person = cast(:person as uuid), decided_at = :at,
               version = nextval('access_version')
           where id = cast(:id as uuid) returning version""",
        state=state,
        person=person,
        at=at,
        id=membership_id,
    )
    return version


def end_membership(tx: Transaction, membership_id: str, state: str, at: datetime) -> int:
    """After the transition to a final state; the version of the access that it gave."""
    version: int = tx.value(
        """update membership set state = :state, ended_at = :at, version = nextval('access_version')
           where id = cast(:id as uuid) returning version""",
        state=state,
        at=at,
        id=membership_id,
    )
    return version


def set_role(tx: Transaction, membership_id: str, role: str) -> int:
    """Another role; the version of the access that it gives."""
    version: int = tx.value(
        """update membership set role = :role, version = nextval('access_version')
           where id = cast(:id as uuid) returning version""",
        role=role,
        id=membership_id,
    )
    return version


def expire_invitations(tx: Transaction, state: str, now: datetime) -> int:
    """End invitations that nobody answered."""
    return tx.run(
        """update membership set state = :state, ended_at = :now
           where id in (select id from membership where state = 'invited' and expires_at <= :now
                        for update skip locked)""",
        state=state,
        now=now,
    )


def forget_addresses(tx: Transaction, person: str, contacts: list[str]) -> None:
    """Of somebody who is erased."""
    tx.run(
        """update membership set contact = '', name = '' where person = cast(:person as uuid)
           or contact = any(cast(:contacts as text[]))""",
        person=person,
        contacts=contacts,
    )

"""What owners of accounts let other people do (ID-11)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.transaction import Transaction

Row = Mapping[str, Any]

_SHOWN = """g.id::text, g.account::text, g.provider, g.number, g.giver::text, g.channel, g.contact,
            g.receiver::text, g.name, g.scopes, g.until, g.state, g.created_at, g.expires_at"""


def add_grant(
    tx: Transaction,
    grant: str,
    *,
    account: str,
    provider: str,
    number: str,
    giver: str,
    channel: str,
    contact: str,
    name: str,
    scopes: list[str],
    until: datetime | None,
    at: datetime,
    expires_at: datetime,
) -> None:
    """An offer."""
    tx.run(
        """insert into access_grant (id, account, provider, number, giver, channel, contact, name, scopes, until,
                                     state, created_at, expires_at)
           values (cast(:id as uuid), cast(:account as uuid), :provider, :number, cast(:giver as uuid), :channel,
                   :contact, :name, :scopes, :until, 'invited', :at, :expires)""",
        id=grant,
        account=account,
        provider=provider,
        number=number,
        giver=giver,
        channel=channel,
        contact=contact,
        name=name,
        scopes=scopes,
        until=until,
        at=at,
        expires=expires_at,
    )


def grant(tx: Transaction, grant_id: str) -> Row | None:
    """By id, locked."""
    return tx.row(
        f"select {_SHOWN} from access_grant g where g.id = cast(:id as uuid) for update", id=grant_id
    )


def count_of(tx: Transaction, account: str) -> int:
    """Offers and grants of the account that are not over."""
    found: int = tx.value(
        """select count(*) from access_grant where account = cast(:account as uuid)
           and state in ('invited', 'active')""",
        account=account,
    )
    return found


def accept_grant(
    tx: Transaction, grant_id: str, state: str, receiver: str, group_id: str, at: datetime
) -> int:
    """After the transition: now it has a receiver. The version of the access."""
    version: int = tx.value(
        """update access_grant set state = :state, receiver = cast(:receiver as uuid), decided_at = :at,
               account_group = cast(:group as uuid), version = nextval('access_version')
           where id = cast(:id as uuid) returning version""",
        state=state,
        receiver=receiver,
        group=group_id,
        at=at,
        id=grant_id,
    )
    return version


def end_grant(tx: Transaction, grant_id: str, state: str, at: datetime) -> int:
    """After the transition to a final state; the version of the access."""
    version: int = tx.value(
        """update access_grant set state = :state, ended_at = :at, version = nextval('access_version')
           where id = cast(:id as uuid) returning version""",
        state=state,
        at=at,
        id=grant_id,
    )
    return version


def end_given(
    tx: Transaction, giver: str, account: str | None, *, offered: str, active: str, at: datetime
) -> list[Row]:
    """End all that a person gave, on one account or any: offers and grants, each with its next state; (id, account,
    giver, receiver or None, version) of each."""
    return tx.rows(
        """update access_grant set state = case state when 'invited' then :offered else :active end, ended_at = :at,
               version = nextval('access_version')
           where giver = cast(:giver as uuid) and state in ('invited', 'active')
             and (cast(:account as uuid) is null or account = cast(:account as uuid))
           returning id::text, account::text, giver::text, receiver::text, version""",
        giver=giver,
        account=account,
        offered=offered,
        active=active,
        at=at,
    )


def end_received(tx: Transaction, receiver: str, state: str, at: datetime) -> list[Row]:
    """End all that a person was given; as above."""
    return tx.rows(
        """update access_grant set state = :state, ended_at = :at, version = nextval('access_version')
           where receiver = cast(:receiver as uuid) and state = 'active'
           returning id::text, account::text, giver::text, receiver::text, version""",
        receiver=receiver,
        state=state,
        at=at,
    )


def end_due(tx: Transaction, state: str, now: datetime, most: int) -> list[Row]:
    """End grants whose time is over, some at a time; as above. Those that somebody is working on come the next time."""
    return tx.rows(
        """update access_grant set state = :state, ended_at = :now, version = nextval('access_version')
           where id in (select id from access_grant where state = 'active' and until <= :now
                        order by until, id limit :most for update skip locked)
           returning id::text, account::text, giver::text, receiver::text, version""",
        state=state,
        now=now,
        most=most,
    )


def expire_offers(tx: Transaction, state: str, now: datetime) -> int:
    """End offers that nobody answered."""
    return tx.run(
        """update access_grant set state = :state, ended_at = :now
           where id in (select id from access_grant where state = 'invited' and expires_at <= :now
                        for update skip locked)""",
        state=state,
        now=now,
    )


def forget_addresses(tx: Transaction, receiver: str, contacts: list[str]) -> None:
    """Of somebody who is erased: what others gave stays theirs to see, without the address and the own name."""
    tx.run(
        """update access_grant set contact = '', own_name = '', account_group = null,
               name = case when giver = cast(:person as uuid) then '' else name end
           where receiver = cast(:person as uuid) or giver = cast(:person as uuid)
              or contact = any(cast(:contacts as text[]))""",
        person=receiver,
        contacts=contacts,
    )


def given(tx: Transaction, giver: str) -> list[Row]:
    """All that a person gave or offered and that is not long over, oldest first, with who received it."""
    return tx.rows(
        f"""select {_SHOWN}, p.name as receiver_name, p.surname as receiver_surname
            from access_grant g left join person p on p.id = g.receiver
            where g.giver = cast(:giver as uuid) order by g.created_at, g.id""",
        giver=giver,
    )


def received(tx: Transaction, receiver: str, now: datetime) -> list[Row]:
    """What a person may do with accounts of others now, oldest first, with whose they are and the own group."""
    return tx.rows(
        f"""select {_SHOWN}, g.decided_at, g.own_name, g.account_group::text as group_id, a.name as group_name,
                   p.name as giver_name, p.surname as giver_surname, p.phone as giver_phone, p.email as giver_email
            from access_grant g join person p on p.id = g.giver left join account_group a on a.id = g.account_group
            where g.receiver = cast(:receiver as uuid) and g.state = 'active' and (g.until is null or g.until > :now)
            order by g.decided_at, g.id""",
        receiver=receiver,
        now=now,
    )


def offered(tx: Transaction, contacts: list[str], now: datetime) -> list[Row]:
    """Offers to these addresses that wait for an answer, with whose they are."""
    return tx.rows(
        f"""select {_SHOWN}, p.name as giver_name, p.surname as giver_surname, p.phone as giver_phone,
                   p.email as giver_email
            from access_grant g join person p on p.id = g.giver
            where g.contact = any(cast(:contacts as text[])) and g.state = 'invited' and g.expires_at > :now
            order by g.created_at, g.id""",
        contacts=contacts,
        now=now,
    )


def set_own(tx: Transaction, receiver: str, account: str, *, name: str | None, group_id: str | None) -> bool:
    """The receiver's own name of the account and its group; None leaves one as it is. False if nothing is granted."""
    return (
        tx.run(
            """update access_grant set own_name = coalesce(:name, own_name),
                   account_group = coalesce(cast(:group as uuid), account_group)
               where receiver = cast(:receiver as uuid) and account = cast(:account as uuid) and state = 'active'""",
            name=name,
            group=group_id,
            receiver=receiver,
            account=account,
        )
        > 0
    )


def access_of_grants(tx: Transaction, receiver: str, account: str, now: datetime) -> list[Row]:
    """Grants of the account that are in force for a person: (id, scopes, since, until)."""
    return tx.rows(
        """select id::text, scopes, decided_at as since, until, version from access_grant
           where receiver = cast(:receiver as uuid) and account = cast(:account as uuid) and state = 'active'
             and (until is null or until > :now) order by decided_at, id""",
        receiver=receiver,
        account=account,
        now=now,
    )

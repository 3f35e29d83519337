"""A service's own copy of who may see and act for which account, kept from grant events.

The owner of the data decides, from the signed subject and this table, without asking anyone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chassis.subject import Subject
from chassis.transaction import Transaction
from contracts.errors import CabinetError

SEE, READ, PAY = "see", "readings", "pay"

GRANT = """
insert into access (person, account, scopes, since) values (:person, cast(:account as uuid), :scopes, :at)
on conflict (person, account) do update set scopes = excluded.scopes, since = excluded.since, revoked_at = null
where access.since <= excluded.since and (access.revoked_at is null or access.revoked_at <= excluded.since)
"""
REVOKE = """
insert into access (person, account, scopes, since, revoked_at)
values (:person, cast(:account as uuid), '{}', :at, :at)
on conflict (person, account) do update set revoked_at = excluded.revoked_at
where access.since <= excluded.since
"""
VISIBLE = (
    "select account::text from access where person = :person and revoked_at is null and scopes && :scopes"
)
ALLOWED = """
select 1 from access where person = :person and account = cast(:account as uuid) and revoked_at is null
and :scope = any(scopes)
"""
PEOPLE = "select person from access where account = cast(:account as uuid) and revoked_at is null"


class AccessUnknownError(CabinetError):
    """No grant is known here (yet): to the outside the same as a thing that does not exist."""

    def __init__(self, person: str, account: str) -> None:
        super().__init__("not_found")
        self.person = person
        self.account = account


def grant(tx: Transaction, person: str, account: str, scopes: list[str], at: datetime) -> None:
    """Record a grant, unless a later revocation is known already (events may come late)."""
    tx.run(GRANT, person=person, account=account, scopes=scopes, at=at)


def revoke(tx: Transaction, person: str, account: str, at: datetime) -> None:
    """Record the end of a grant, likewise."""
    tx.run(REVOKE, person=person, account=account, at=at)


def visible_accounts(tx: Transaction, subject: Subject) -> list[str]:
    """Ids of all accounts that the person may see."""
    if subject.kind != "person":
        raise CabinetError("unauthenticated")
    return [row["account"] for row in tx.rows(VISIBLE, person=subject.id, scopes=[SEE])]


def require(tx: Transaction, subject: Subject, accounts: Iterable[str], scope: str) -> None:
    """Raise unless the person may use every one of the accounts so."""
    if subject.kind != "person":
        raise CabinetError("unauthenticated")
    for account in accounts:
        if tx.value(ALLOWED, person=subject.id, account=account, scope=scope) is None:
            raise AccessUnknownError(subject.id, account)


def people_of(tx: Transaction, account: str) -> list[str]:
    """Everyone who has the account in their cabinet."""
    return [row["person"] for row in tx.rows(PEOPLE, account=account)]

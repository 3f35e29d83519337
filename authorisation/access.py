"""A service's own copy of who may see and act for which account, kept from grant events.

The owner of the data decides, from the signed subject and this table, without asking anyone. A person may hold an
account in several ways at once: ``LINK``, the link of their own, and grants by others, each with scopes and perhaps
an end.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from authorisation.subject import Subject
from chassis.transaction import Transaction
from contracts.errors import CabinetError
from contracts.events.identity import AccessGranted, AccessRevoked, AccountLinked, AccountUnlinked
from contracts.wording import DEFAULT, problem_title

#: What is owed and nothing else; who may SEE may see that, too.
AMOUNTS = "amounts"
SEE, READ, PAY = "see", "readings", "pay"
LINK = "link"

#: What is told last counts, by the version that identity drew under the lock of the change: moments are taken before a
#: lock is had, and events are heard in any order. Without a version (0) the moment decides.
GRANT = """
insert into access (person, account, via, scopes, since, until, version)
values (:person, cast(:account as uuid), :via, :scopes, :at, :until, :version)
on conflict (person, account, via) do update
set scopes = excluded.scopes, since = excluded.since, until = excluded.until, revoked_at = null,
    version = excluded.version
where (access.version, greatest(access.since, access.revoked_at)) <= (excluded.version, excluded.since)
"""
REVOKE = """
insert into access (person, account, via, scopes, since, revoked_at, version)
values (:person, cast(:account as uuid), :via, '{}', :at, :at, :version)
on conflict (person, account, via) do update set revoked_at = excluded.revoked_at, version = excluded.version
where (access.version, access.since) <= (excluded.version, excluded.since)
"""
#: Nothing is told of an erased person afterwards, so nothing may count after it.
REVOKE_ALL = """
update access set revoked_at = least(revoked_at, :at), version = 9223372036854775807 where person = :person
"""
IN_FORCE = "revoked_at is null and (until is null or until > :now)"
VISIBLE = f"""
select distinct account::text from access where person = :person and {IN_FORCE} and scopes && :scopes
"""
ALLOWED = f"""
select 1 from access where person = :person and account = cast(:account as uuid) and {IN_FORCE}
and scopes && :scopes limit 1
"""
#: The accounts that are a person's own with all there is to see: not those that others let them see, nor those of a
#: weak proof (ID-6).
OWN = f"""
select account from access where person = :person and via = '{LINK}' and '{SEE}' = any(scopes) and revoked_at is null
"""
PEOPLE = f"""
select distinct person from access where account = cast(:account as uuid) and {IN_FORCE}
and (cast(:scopes as text[]) is null or scopes && cast(:scopes as text[]))
and (cast(:via as text) is null or via = :via)
"""


class AccessUnknownError(CabinetError):
    """No grant is known here (yet): to the outside the same as a thing that does not exist."""

    def __init__(self, person: str, account: str) -> None:
        super().__init__("not_found")
        self.person = person
        self.account = account

    def as_missing(self, code: str) -> AccessUnknownError:
        """The same, in the very words that are said of a thing that is not there at all."""
        self.code, self.detail = code, problem_title(DEFAULT, code)
        return self


def grant(
    tx: Transaction,
    person: str,
    account: str,
    scopes: list[str],
    at: datetime,
    *,
    via: str = LINK,
    until: datetime | None = None,
    version: int = 0,
) -> None:
    """Record a grant, unless a later revocation is known already (events may come late)."""
    tx.run(GRANT, person=person, account=account, via=via, scopes=scopes, at=at, until=until, version=version)


def revoke(
    tx: Transaction, person: str, account: str, at: datetime, *, via: str = LINK, version: int = 0
) -> None:
    """Record the end of a grant, likewise."""
    tx.run(REVOKE, person=person, account=account, via=via, at=at, version=version)


def revoke_all(tx: Transaction, person: str, at: datetime) -> None:
    """Record the end of all grants of a person who is erased (ID-9). The rows stay: a grant that comes late must find
    that it is over."""
    tx.run(REVOKE_ALL, person=person, at=at)


def keep_link(tx: Transaction, event: AccountLinked) -> None:
    """Identity told of a link of a person's own (ID-6)."""
    grant(tx, event.person, event.account, event.scopes, event.at, version=event.access_version)


def end_link(tx: Transaction, event: AccountUnlinked) -> None:
    """And of its end (ID-7)."""
    revoke(tx, event.person, event.account, event.at, version=event.access_version)


def keep_grant(tx: Transaction, event: AccessGranted) -> None:
    """Identity told what somebody lets a person do (ID-8, ID-11)."""
    grant(
        tx,
        event.person,
        event.account,
        event.scopes,
        event.at,
        via=event.grant,
        until=event.until,
        version=event.access_version,
    )


def end_grant(tx: Transaction, event: AccessRevoked) -> None:
    """And of its end."""
    revoke(tx, event.person, event.account, event.at, via=event.grant, version=event.access_version)


def visible_accounts(tx: Transaction, subject: Subject, scope: str = SEE) -> list[str]:
    """Ids of all accounts that the person may use so."""
    if subject.kind != "person":
        raise CabinetError("unauthenticated")
    rows = tx.rows(VISIBLE, person=subject.id, scopes=_that_allow(scope), now=_moment(tx))
    return [row["account"] for row in rows]


def require(tx: Transaction, subject: Subject, accounts: Iterable[str], scope: str) -> None:
    """Raise unless the person may use every one of the accounts so."""
    if subject.kind != "person":
        raise CabinetError("unauthenticated")
    scopes, now = _that_allow(scope), _moment(tx)
    for account in accounts:
        if tx.value(ALLOWED, person=subject.id, account=account, scopes=scopes, now=now) is None:
            raise AccessUnknownError(subject.id, account)


def people_of(
    tx: Transaction, account: str, scope: str | None = None, *, via: str | None = None
) -> list[str]:
    """Everyone who has the account in their cabinet; with ``scope`` those who may use it so, with ``via`` those who
    have it in that way."""
    scopes = None if scope is None else _that_allow(scope)
    rows = tx.rows(PEOPLE, account=account, now=_moment(tx), scopes=scopes, via=via)
    return [row["person"] for row in rows]


def _that_allow(scope: str) -> list[str]:
    return [AMOUNTS, SEE] if scope == AMOUNTS else [scope]


def _moment(tx: Transaction) -> datetime:
    return tx.moment or datetime.now(UTC)

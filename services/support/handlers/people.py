"""What support keeps of accounts: who has them, and their level."""

from __future__ import annotations

from chassis import access
from chassis.house import Call
from contracts.events.identity import (
    AccessGranted,
    AccessRevoked,
    AccountLinked,
    AccountUnlinked,
    PersonErased,
)
from contracts.events.loyalty import LevelChanged
from services.support import store
from services.support.domain.states import APPEAL, CLOSED, WAITING, move


def account_linked(call: Call, event: AccountLinked) -> None:
    """The person may write about the account."""
    access.grant(call.tx, event.person, event.account, event.scopes, event.at)


def account_unlinked(call: Call, event: AccountUnlinked) -> None:
    """And may no more; what was written stays theirs to read."""
    access.revoke(call.tx, event.person, event.account, event.at)


def access_granted(call: Call, event: AccessGranted) -> None:
    """What one person lets another do (ID-11)."""
    access.grant(
        call.tx, event.person, event.account, event.scopes, event.at, via=event.grant, until=event.until
    )


def access_revoked(call: Call, event: AccessRevoked) -> None:
    """The end of it."""
    access.revoke(call.tx, event.person, event.account, event.at, via=event.grant)


def person_erased(call: Call, event: PersonErased) -> None:
    """What was written goes, open appeals are closed: nobody is left to answer to (ID-9)."""
    access.revoke_all(call.tx, event.person, event.at)
    store.erase_person(call.tx, event.person, move(APPEAL, WAITING, CLOSED), event.at)


def level_changed(call: Call, event: LevelChanged) -> None:
    """For the priority of appeals to come (LY-7)."""
    store.save_level(call.tx, event.account, event.level, event.at)

"""What support keeps of accounts: who has them, and their level."""

from __future__ import annotations

from chassis import access
from chassis.house import Call
from contracts.events.identity import AccountLinked, AccountUnlinked
from contracts.events.loyalty import LevelChanged
from services.support import store


def account_linked(call: Call, event: AccountLinked) -> None:
    """The person may write about the account."""
    access.grant(call.tx, event.person, event.account, event.scopes, event.at)


def account_unlinked(call: Call, event: AccountUnlinked) -> None:
    """And may no more; what was written stays theirs to read."""
    access.revoke(call.tx, event.person, event.account, event.at)


def level_changed(call: Call, event: LevelChanged) -> None:
    """For the priority of appeals to come (LY-7)."""
    store.save_level(call.tx, event.account, event.level, event.at)

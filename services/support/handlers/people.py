"""What support hears of people and accounts: erasure, and the level."""

from __future__ import annotations

from chassis import access
from chassis.house import Call
from contracts.events.identity import PersonErased
from contracts.events.loyalty import LevelChanged
from services.support import store
from services.support.domain.states import APPEAL, CLOSED, WAITING, move


def person_erased(call: Call, event: PersonErased) -> None:
    """What was written goes, open appeals are closed: nobody is left to answer to (ID-9)."""
    access.revoke_all(call.tx, event.person, event.at)
    store.erase_person(call.tx, event.person, move(APPEAL, WAITING, CLOSED), event.at)


def level_changed(call: Call, event: LevelChanged) -> None:
    """For the priority of appeals to come (LY-7)."""
    store.save_level(call.tx, event.account, event.level, event.at)

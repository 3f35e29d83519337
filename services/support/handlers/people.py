"""What support hears of people and accounts: erasure, and the level."""

from __future__ import annotations

from authorisation import access
from authorisation.contexts import RequestContext
from contracts.events.identity import PersonErased
from contracts.events.loyalty import LevelChanged
from services.support import store
from services.support.domain.states import APPEAL, CLOSED, WAITING


def person_erased(ctx: RequestContext, event: PersonErased) -> None:
    """What was written goes, open appeals are closed: nobody is left to answer to (ID-9)."""
    access.revoke_all(ctx.tx, event.person, event.at)
    store.erase_person(ctx.tx, event.person, APPEAL.move(WAITING, CLOSED), event.at)


def level_changed(ctx: RequestContext, event: LevelChanged) -> None:
    """For the priority of appeals to come (LY-7)."""
    store.save_level(ctx.tx, event.account, event.level, event.at)

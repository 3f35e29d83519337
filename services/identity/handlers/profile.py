"""One's own profile (ID-5)."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET

from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from contracts.events.identity import LanguageChosen
from contracts.rpc.identity import profile as rpc
from services.identity.domain.people import is_birth_date
from services.identity.handlers.inputs import person_names
from services.identity.store import people

NAMES = ("surname", "name", "patronymic")


def myself(ctx: RequestContext, *, lock: bool = False) -> Any:
    """The caller's row. Raises ``unauthenticated`` for a service, nobody, or somebody who is erased."""
    person = people.person(ctx.tx, ctx.subject.require_person(), lock=lock)
    if person is None:
        raise CabinetError("unauthenticated")
    return person


def _changes_of(request: rpc.ProfileRequest) -> dict[str, Any]:
    """What is to change, by field, names in the form in which they are kept."""
    changes = {name: value for name, value in msgspec.structs.asdict(request).items() if value is not UNSET}
    return changes | person_names({name: changes[name] for name in NAMES if name in changes})


def change_profile(ctx: RequestContext, request: rpc.ProfileRequest) -> None:
    """What the request names of it. Raises ``birth_date_impossible``, ``validation_failed``."""
    changes = _changes_of(request)
    person = myself(ctx, lock=True)
    born = changes.get("birth_date")
    if born is not None and not is_birth_date(born, ctx.now.date()):
        raise CabinetError("birth_date_impossible")
    if not changes:
        return
    people.set_profile(ctx.tx, ctx.subject.id, changes)
    language = changes.get("language", person["language"])
    if language != person["language"]:
        ctx.tx.emit(LanguageChosen(person=ctx.subject.id, at=ctx.now, language=language))

"""One's own profile and password (ID-5)."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET

from chassis.house import Call
from contracts.errors import CabinetError
from contracts.events.identity import LanguageChosen, PasswordChanged
from contracts.rpc.identity import profile as rpc
from services.identity.domain.people import is_birth_date
from services.identity.domain.states import SESSION, move
from services.identity.handlers.inputs import person_names
from services.identity.handlers.passwords import set_password
from services.identity.store import people, sessions

NAMES = ("surname", "name", "patronymic")


def myself(call: Call, *, lock: bool = False) -> Any:
    """The caller's row. Raises ``unauthenticated`` for a service, nobody, or somebody who is erased."""
    person = people.person(call.tx, call.subject.require_person(), lock=lock)
    if person is None:
        raise CabinetError("unauthenticated")
    return person


def changes_of(request: rpc.ProfileRequest) -> dict[str, Any]:
    """What is to change, by field, names in the form in which they are kept."""
    changes = {name: value for name, value in msgspec.structs.asdict(request).items() if value is not UNSET}
    return changes | person_names({name: changes[name] for name in NAMES if name in changes})


def change_profile(call: Call, changes: dict[str, Any]) -> None:
    """Some of surname, name, patronymic, birth_date, sex, language. Raises ``birth_date_impossible``."""
    person = myself(call, lock=True)
    born = changes.get("birth_date")
    if born is not None and not is_birth_date(born, call.now.date()):
        raise CabinetError("birth_date_impossible")
    if not changes:
        return
    people.set_profile(call.tx, call.subject.id, changes)
    language = changes.get("language", person["language"])
    if language != person["language"]:
        call.tx.emit(LanguageChosen(person=call.subject.id, at=call.now, language=language))


def change_password(call: Call, checked_hash: str, new_hash: str) -> dict[str, Any]:
    """A new password after the old one was checked against ``checked_hash``; other sessions end."""
    person = myself(call, lock=True)
    if person["password_hash"] != checked_hash:
        # Changed by somebody else while the hashes were made.
        raise CabinetError("password_wrong")
    set_password(call, call.subject.id, new_hash)
    ended = sessions.end_sessions(
        call.tx, call.subject.id, move(SESSION, "open", "password_changed"), but=call.subject.session
    )
    call.tx.emit(PasswordChanged(person=call.subject.id, at=call.now))
    return {"changed": True, "sessions_ended": len(ended)}

"""Appeals: opened and continued by a person, answered by staff (SP-1)."""

from __future__ import annotations

from typing import Any

from chassis import access
from chassis.house import Call
from contracts.errors import CabinetError
from contracts.events.support import AppealAnswered, AppealOpened
from contracts.identifiers import new_id
from contracts.rpc import support as rpc
from services.support import store
from services.support.domain.kinds import PERSON, STAFF, STAFF_ROLES
from services.support.domain.priority import priority_of
from services.support.domain.states import ANSWERED, APPEAL, CLOSED, WRITTEN, ForbiddenTransitionError, move
from services.support.store import Row


def open_appeal(call: Call, request: rpc.OpenRequest) -> dict[str, Any]:
    """Into the queue. Its priority is that of the account's level, or of the best of the person's accounts (LY-7).

    Raises ``not_found`` for an account that the person may not see.
    """
    person = call.subject.require_person()
    account = str(request.account) if request.account else None
    if account is not None:
        access.require(call.tx, call.subject, [account], access.SEE)
        accounts = [account]
    else:
        accounts = access.visible_accounts(call.tx, call.subject)
    appeal, priority = new_id(), priority_of(store.levels(call.tx, accounts))
    store.add_appeal(
        call.tx,
        appeal,
        person=person,
        kind=request.kind,
        account=account,
        subject=request.subject,
        priority=priority,
        at=call.now,
    )
    _write(call, appeal, PERSON, request.text)
    call.tx.emit(
        AppealOpened(appeal=appeal, person=person, kind=request.kind, priority=priority, at=call.now)
    )
    return {"appeal": appeal, "state": "waiting"}


def add_message(call: Call, appeal: str, text: str) -> dict[str, Any]:
    """The person writes on: an answered appeal waits again. Raises ``appeal_not_found``, ``appeal_closed``."""
    row = _own(call, appeal)
    state = _move(call, row, WRITTEN)
    return {"appeal": appeal, "message": _write(call, appeal, PERSON, text), "state": state}


def close_appeal(call: Call, appeal: str) -> dict[str, Any]:
    """The person needs nothing more. Raises ``appeal_not_found``, ``appeal_closed``."""
    return {"appeal": appeal, "state": _move(call, _own(call, appeal), CLOSED)}


def answer(call: Call, appeal: str, text: str) -> dict[str, Any]:
    """Staff answer (ID-10). Raises ``forbidden``, ``appeal_not_found``, ``appeal_closed``."""
    call.subject.require_role(*STAFF_ROLES)
    row = store.appeal(call.tx, appeal, lock=True)
    if row is None:
        raise CabinetError("appeal_not_found")
    state = _move(call, row, ANSWERED)
    message = _write(call, appeal, STAFF, text)
    call.tx.emit(AppealAnswered(appeal=appeal, person=row["person"], at=call.now))
    return {"appeal": appeal, "message": message, "state": state}


def _own(call: Call, appeal: str) -> Row:
    person = call.subject.require_person()
    row = store.appeal(call.tx, appeal, lock=True)
    if row is None or row["person"] != person:
        raise CabinetError("appeal_not_found")
    return row


def _move(call: Call, row: Row, event: str) -> str:
    try:
        state = move(APPEAL, row["state"], event)
    except ForbiddenTransitionError as error:
        raise CabinetError("appeal_closed") from error
    store.set_state(call.tx, str(row["id"]), state, call.now)
    return state


def _write(call: Call, appeal: str, side: str, text: str) -> str:
    message = new_id()
    store.add_message(
        call.tx, message, appeal, side=side, author=call.subject.id, text=text.strip(), at=call.now
    )
    return message

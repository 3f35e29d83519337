"""Appeals: opened and continued by a person, answered by staff (SP-1)."""

from __future__ import annotations

from typing import Any

from authorisation import access
from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from contracts.identifiers import new_id
from contracts.rpc import support as rpc
from contracts.transitions import NEW, Edge
from services.support import store
from services.support.domain.kinds import PERSON, STAFF, STAFF_ROLES
from services.support.domain.priority import priority_of
from services.support.domain.states import ANSWERED, APPEAL, CLOSED, OPENED, WRITTEN
from services.support.store import Row


def open_appeal(ctx: RequestContext, request: rpc.OpenRequest) -> dict[str, Any]:
    """Into the queue. Its priority is that of the account's level, or of the best of the person's accounts (LY-7).

    Raises ``not_found`` for an account that the person may not see.
    """
    person = ctx.subject.require_person()
    account = str(request.account) if request.account else None
    if account is not None:
        access.require(ctx.tx, ctx.subject, [account], access.SEE)
        accounts = [account]
    else:
        accounts = access.visible_accounts(ctx.tx, ctx.subject)
    edge = APPEAL.edge(NEW, OPENED)
    appeal, priority = new_id(), priority_of(store.levels(ctx.tx, accounts))
    store.add_appeal(
        ctx.tx,
        appeal,
        person=person,
        kind=request.kind,
        account=account,
        subject=request.subject,
        priority=priority,
        state=edge.state,
        at=ctx.now,
    )
    _write(ctx, appeal, PERSON, request.text)
    ctx.tx.emit(edge.tell(appeal=appeal, person=person, kind=request.kind, priority=priority, at=ctx.now))
    return {"appeal": appeal, "state": edge.state}


def add_message(ctx: RequestContext, appeal: str, text: str) -> dict[str, Any]:
    """The person writes on: an answered appeal waits again. Raises ``appeal_not_found``, ``appeal_closed``."""
    row = _own(ctx, appeal)
    state = _move(ctx, row, WRITTEN).state
    return {"appeal": appeal, "message": _write(ctx, appeal, PERSON, text), "state": state}


def close_appeal(ctx: RequestContext, appeal: str) -> dict[str, Any]:
    """The person needs nothing more. Raises ``appeal_not_found``, ``appeal_closed``."""
    return {"appeal": appeal, "state": _move(ctx, _own(ctx, appeal), CLOSED).state}


def answer(ctx: RequestContext, appeal: str, text: str) -> dict[str, Any]:
    """Staff answer (ID-10). Raises ``forbidden``, ``appeal_not_found``, ``appeal_closed``."""
    ctx.subject.require_role(*STAFF_ROLES)
    row = store.appeal(ctx.tx, appeal, lock=True)
    if row is None:
        raise CabinetError("appeal_not_found")
    edge = _move(ctx, row, ANSWERED)
    message = _write(ctx, appeal, STAFF, text)
    ctx.tx.emit(edge.tell(appeal=appeal, person=row["person"], at=ctx.now))
    return {"appeal": appeal, "message": message, "state": edge.state}


def _own(ctx: RequestContext, appeal: str) -> Row:
    person = ctx.subject.require_person()
    row = store.appeal(ctx.tx, appeal, lock=True)
    if row is None or row["person"] != person:
        raise CabinetError("appeal_not_found")
    return row


def _move(ctx: RequestContext, row: Row, trigger: str) -> Edge:
    edge = APPEAL.find(row["state"], trigger)
    if edge is None:
        raise CabinetError("appeal_closed")
    store.set_state(ctx.tx, str(row["id"]), edge.state, ctx.now)
    return edge


def _write(ctx: RequestContext, appeal: str, side: str, text: str) -> str:
    message = new_id()
    store.add_message(
        ctx.tx, message, appeal, side=side, author=ctx.subject.id, text=text.strip(), at=ctx.now
    )
    return message

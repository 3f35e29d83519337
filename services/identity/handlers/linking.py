"""Linking accounts (ID-6), unlinking (ID-7)."""

from __future__ import annotations

from typing import Any

from chassis.access import PAY, READ, SEE
from chassis.house import Call
from contracts.errors import CabinetError
from contracts.events.identity import AccountLinked, AccountUnlinked
from contracts.identifiers import account_id, new_id
from services.identity.domain.states import LINK, move
from services.identity.store import links, people

DEFAULT_GROUP = {"ru": "Моя группа", "uk": "Моя група", "en": "My group"}
OWNER_SCOPES = [SEE, READ, PAY]


def link_account(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """Link an account whose proof was checked before."""
    person = people.person(call.tx, call.subject.id)
    if person is None:
        raise CabinetError("unauthenticated")
    account = account_id(request["provider"], request["number"])
    known = links.link(call.tx, call.subject.id, account)
    if known is not None and known["state"] == "linked":
        raise CabinetError("already_linked")
    if known is not None:
        move(LINK, known["state"], "linked")
    group_name = request["group"] or DEFAULT_GROUP[person["language"]]
    group = links.group(call.tx, new_id(), call.subject.id, group_name, call.now)
    links.save_link(
        call.tx,
        call.subject.id,
        account,
        provider=request["provider"],
        number=request["number"],
        name=request["name"],
        group_id=group,
        scopes=OWNER_SCOPES,
        at=call.now,
    )
    call.tx.emit(
        AccountLinked(
            person=call.subject.id,
            at=call.now,
            account=account,
            provider=request["provider"],
            number=request["number"],
            scopes=OWNER_SCOPES,
        )
    )
    return {
        "account": account,
        "provider": request["provider"],
        "number": request["number"],
        "name": request["name"],
        "group": group_name,
    }


def unlink_account(call: Call, account: str) -> dict[str, Any]:
    """End the person's access."""
    known = links.link(call.tx, call.subject.id, account)
    if known is None or known["state"] != "linked":
        raise CabinetError("not_found")
    links.set_link_state(call.tx, call.subject.id, account, move(LINK, known["state"], "unlinked"))
    call.tx.emit(AccountUnlinked(person=call.subject.id, at=call.now, account=account))
    return {"account": account}

"""Linking accounts (ID-6), unlinking (ID-7)."""

from __future__ import annotations

from typing import Any

from chassis.house import Call
from contracts.errors import CabinetError
from contracts.events.identity import AccountLinked, AccountUnlinked
from contracts.identifiers import account_id
from contracts.rpc.identity import accounts as rpc
from services.identity.configuration import IdentityTools
from services.identity.domain.groups import clean_label
from services.identity.domain.proofs import WEAK
from services.identity.domain.scopes import OF_LINK
from services.identity.domain.states import LINK, move
from services.identity.handlers import grants
from services.identity.handlers.groups import group_named
from services.identity.handlers.profile import myself
from services.identity.store import links


def proven_state(tools: IdentityTools, provider: str, known: str) -> str:
    """The state of a link after its proof: a weak one opens little. Raises ``already_linked``."""
    if known in OF_LINK:
        raise CabinetError("already_linked")
    weak = tools.profiles[provider].proof_strength == WEAK
    return move(LINK, known, "proven_weakly" if weak else "proven")


def link_account(call: Call, tools: IdentityTools, request: rpc.LinkRequest, number: str) -> dict[str, Any]:
    """Link an account whose proof was checked before; ``number`` is the request's, tidied up."""
    person = myself(call, lock=True)
    provider = request.provider
    account = account_id(provider, number)
    known = links.link(call.tx, call.subject.id, account)
    state = proven_state(tools, provider, known["state"] if known else "absent")
    group = group_named(call, person, request.group)
    name, scopes = clean_label(request.name), list(OF_LINK[state])
    version = links.save_link(
        call.tx,
        call.subject.id,
        account,
        provider=provider,
        number=number,
        name=name,
        group_id=group["id"],
        scopes=scopes,
        state=state,
        at=call.now,
    )
    call.tx.emit(
        AccountLinked(
            person=call.subject.id,
            at=call.now,
            account=account,
            provider=provider,
            number=number,
            scopes=scopes,
            access_version=version,
        )
    )
    return {
        "account": account,
        "provider": provider,
        "number": number,
        "name": name,
        "group": group["name"],
        "state": state,
        "scopes": scopes,
    }


def unlink_account(call: Call, account: str) -> dict[str, Any]:
    """End the person's access, and whatever others were given by them. Raises ``not_found``."""
    myself(call, lock=True)
    known = links.link(call.tx, call.subject.id, account)
    if known is None or known["state"] not in OF_LINK:
        raise CabinetError("not_found")
    version = links.end_link(call.tx, call.subject.id, account, move(LINK, known["state"], "unlinked"))
    call.tx.emit(
        AccountUnlinked(person=call.subject.id, at=call.now, account=account, access_version=version)
    )
    grants.end_given(call, call.subject.id, account)
    return {"account": account}

"""Linking accounts (ID-6), unlinking (ID-7)."""

from __future__ import annotations

from typing import Any

from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from contracts.identifiers import account_id
from contracts.rpc.identity import accounts as rpc
from contracts.transitions import NEW, Edge, Transitions
from services.identity.configuration import IdentityTools
from services.identity.domain.groups import clean_label
from services.identity.domain.proofs import WEAK
from services.identity.domain.scopes import OF_LINK
from services.identity.domain.states import LINK
from services.identity.handlers import grants
from services.identity.handlers.groups import group_named
from services.identity.handlers.profile import myself
from services.identity.store import links


def proven(tools: IdentityTools, machine: Transitions, provider: str, known: str) -> Edge:
    """What becomes of a link by its proof: a weak one opens little. Raises ``already_linked``."""
    if known in OF_LINK:
        raise CabinetError("already_linked")
    weak = tools.profiles[provider].proof_strength == WEAK
    return machine.edge(known, "proven_weakly" if weak else "proven")


def link_account(
    ctx: RequestContext, tools: IdentityTools, request: rpc.LinkRequest, number: str
) -> dict[str, Any]:
    """Link an account whose proof was checked before; ``number`` is the request's, tidied up."""
    person = myself(ctx, lock=True)
    provider = request.provider
    account = account_id(provider, number)
    known = links.link(ctx.tx, ctx.subject.id, account)
    edge = proven(tools, LINK, provider, known["state"] if known else NEW)
    state = edge.state
    group = group_named(ctx, person, request.group)
    name, scopes = clean_label(request.name), list(OF_LINK[state])
    version = links.save_link(
        ctx.tx,
        ctx.subject.id,
        account,
        provider=provider,
        number=number,
        name=name,
        group_id=group["id"],
        scopes=scopes,
        state=state,
        at=ctx.now,
    )
    ctx.tx.emit(
        edge.tell(
            person=ctx.subject.id,
            at=ctx.now,
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


def unlink_account(ctx: RequestContext, account: str) -> dict[str, Any]:
    """End the person's access, and whatever others were given by them. Raises ``not_found``."""
    myself(ctx, lock=True)
    known = links.link(ctx.tx, ctx.subject.id, account)
    if known is None or known["state"] not in OF_LINK:
        raise CabinetError("not_found")
    edge = LINK.edge(known["state"], "unlinked")
    version = links.end_link(ctx.tx, ctx.subject.id, account, edge.state)
    ctx.tx.emit(edge.tell(person=ctx.subject.id, at=ctx.now, account=account, access_version=version))
    grants.end_given(ctx, ctx.subject.id, account)
    return {"account": account}

"""Members of an organisation (ID-8): invited by address like grants, each with a role."""

from __future__ import annotations

from typing import Any

from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from contracts.identifiers import new_id
from contracts.rpc.identity import organisations as rpc
from contracts.transitions import NEW
from services.identity.configuration import IdentityTools
from services.identity.domain.groups import clean_label
from services.identity.domain.limits import MAX_MEMBERS
from services.identity.domain.lives import OFFER_LIFE
from services.identity.domain.offers import channel_of, is_mine
from services.identity.domain.scopes import DIRECTOR
from services.identity.domain.states import MEMBERSHIP
from services.identity.handlers.inputs import contact as contact_of
from services.identity.handlers.offers import announce_offer
from services.identity.handlers.organisations import active_members, announce_access, announce_end, directed
from services.identity.handlers.profile import myself
from services.identity.store import memberships as store
from services.identity.store import organisations


def invite(ctx: RequestContext, tools: IdentityTools, request: rpc.InvitationRequest) -> dict[str, Any]:
    """Invite whoever has confirmed the address ``to``. Only a director may. The answer does not depend on whether
    anybody has it. Raises ``limit_reached``, ``offer_to_oneself``, ``too_many_requests``."""
    organisation, contact = str(request.organisation), contact_of("to", request.to)
    director = myself(ctx)
    directed(ctx, organisation)
    if len(store.members(ctx.tx, organisation)) >= MAX_MEMBERS:
        raise CabinetError("limit_reached", most=MAX_MEMBERS)
    membership, expires_at, name = new_id(), ctx.now + OFFER_LIFE, clean_label(request.name)
    edge = MEMBERSHIP.edge(NEW, "invited")
    announce_offer(ctx, tools, edge, director, membership, contact, expires_at)
    store.add_membership(
        ctx.tx,
        membership,
        organisation,
        person=None,
        channel=channel_of(contact),
        contact=contact,
        name=name,
        role=request.role,
        state=edge.state,
        invited_by=ctx.subject.id,
        at=ctx.now,
        expires_at=expires_at,
    )
    return {
        "membership": membership,
        "organisation": organisation,
        "role": request.role,
        "state": edge.state,
    }


def accept(ctx: RequestContext, membership: str) -> dict[str, Any]:
    """Take an invitation to one's own confirmed address; a second time changes nothing. Raises ``not_found``,
    ``offer_over``, ``already_member``."""
    person = myself(ctx)
    row = _invited(ctx, person, membership)
    if row["state"] == "active":
        return _answer(row, "active")
    if row["state"] != "invited":
        raise CabinetError("offer_over")
    if row["expires_at"] <= ctx.now:
        store.end_membership(ctx.tx, membership, MEMBERSHIP.move(row["state"], "expired"), ctx.now)
        return ctx.refuse("offer_over")
    if store.active_membership(ctx.tx, row["organisation"], ctx.subject.id) is not None:
        raise CabinetError("already_member")
    state = MEMBERSHIP.move(row["state"], "accepted")
    version = store.accept_membership(ctx.tx, membership, state, ctx.subject.id, ctx.now)
    member = {**row, "person": ctx.subject.id, "state": state}
    links = organisations.links(ctx.tx, row["organisation"])
    announce_access(ctx, row["organisation"], [member], links, version)
    return _answer(row, state)


def decline(ctx: RequestContext, membership: str) -> dict[str, Any]:
    """Refuse an invitation. Raises ``not_found``, ``offer_over``."""
    row = _invited(ctx, myself(ctx), membership)
    if row["state"] != "invited":
        raise CabinetError("offer_over")
    state = MEMBERSHIP.move(row["state"], "declined")
    store.end_membership(ctx.tx, membership, state, ctx.now)
    return _answer(row, state)


def change_role(ctx: RequestContext, organisation: str, membership: str, role: str) -> dict[str, Any]:
    """By a director. Raises ``not_found``, ``last_director``."""
    directed(ctx, organisation)
    row = _of(ctx, organisation, membership)
    if row["role"] == role:
        return _answer(row, row["state"])
    if row["state"] == "active" and role != DIRECTOR:
        _keep_a_director(ctx, organisation, row)
    version = store.set_role(ctx.tx, membership, role)
    changed = {**row, "role": role}
    if row["state"] == "active":
        links = organisations.links(ctx.tx, organisation)
        announce_access(ctx, organisation, [changed], links, version, changed=True)
    return _answer(changed, row["state"])


def remove(ctx: RequestContext, organisation: str, membership: str) -> dict[str, Any]:
    """By a director; or by the members themselves, who leave. Raises ``not_found``, ``forbidden``,
    ``last_director``."""
    person = ctx.subject.require_person()
    found = organisations.organisation(ctx.tx, organisation, lock=True)
    mine = store.active_membership(ctx.tx, organisation, person) if found is not None else None
    if mine is None:
        raise CabinetError("not_found")
    leaving = mine["id"] == membership
    if not leaving and mine["role"] != DIRECTOR:
        raise CabinetError("forbidden")
    row = _of(ctx, organisation, membership)
    if row["state"] == "active":
        _keep_a_director(ctx, organisation, row)
    event = "left" if leaving else "removed"
    state = MEMBERSHIP.move(row["state"], event)
    version = store.end_membership(ctx.tx, membership, state, ctx.now)
    if row["state"] == "active":
        announce_end(ctx, [row], organisations.links(ctx.tx, organisation), event, version)
    return _answer(row, state)


def leave_all(ctx: RequestContext, person: str) -> None:
    """The person is gone. An organisation that nobody directs any more is dissolved: nobody could remove a member."""
    for mine in store.of_person(ctx.tx, person):
        organisation = mine["organisation"]
        organisations.organisation(ctx.tx, organisation, lock=True)
        links = organisations.links(ctx.tx, organisation)
        members = store.members(ctx.tx, organisation)
        others = [row for row in members if row["person"] != person]
        directors = [row for row in others if row["state"] == "active" and row["role"] == DIRECTOR]
        for row in members:
            event = "left" if row["person"] == person else "dissolved"
            if event == "left" or not directors:
                state = MEMBERSHIP.move(row["state"], event)
                version = store.end_membership(ctx.tx, row["id"], state, ctx.now)
                if row["state"] == "active":
                    announce_end(ctx, [row], links, event, version)


def _invited(ctx: RequestContext, person: Any, membership: str) -> Any:
    """With the organisation locked, so that nothing happens to it meanwhile."""
    row = store.membership(ctx.tx, membership)
    if row is not None:
        organisations.organisation(ctx.tx, row["organisation"], lock=True)
        row = store.membership(ctx.tx, membership, lock=True)
    if row is None or not is_mine(person, row, "person"):
        raise CabinetError("not_found")
    return row


def _of(ctx: RequestContext, organisation: str, membership: str) -> Any:
    row = store.membership(ctx.tx, membership, lock=True)
    if row is None or row["organisation"] != organisation or row["state"] not in ("invited", "active"):
        raise CabinetError("not_found")
    return row


def _keep_a_director(ctx: RequestContext, organisation: str, row: Any) -> None:
    directors = [one for one in active_members(ctx, organisation) if one["role"] == DIRECTOR]
    if row["role"] == DIRECTOR and len(directors) == 1:
        raise CabinetError("last_director")


def _answer(row: Any, state: str) -> dict[str, Any]:
    return {
        "membership": row["id"],
        "organisation": row["organisation"],
        "role": row["role"],
        "state": state,
    }

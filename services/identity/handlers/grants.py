"""What an owner of an account lets another person do with it (ID-11)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from authorisation.contexts import RequestContext, ServiceContext
from contracts.errors import CabinetError
from contracts.identifiers import new_id
from contracts.rpc.identity import grants as rpc
from contracts.transitions import NEW
from services.identity.configuration import IdentityTools
from services.identity.domain.groups import clean_label
from services.identity.domain.limits import MAX_GRANTS
from services.identity.domain.lives import OFFER_LIFE
from services.identity.domain.offers import channel_of, is_mine
from services.identity.domain.scopes import ScopesIncompleteError, granted_scopes
from services.identity.domain.states import GRANT, MEMBERSHIP
from services.identity.handlers.groups import default_group
from services.identity.handlers.inputs import contact as contact_of
from services.identity.handlers.offers import announce_offer
from services.identity.handlers.profile import myself
from services.identity.store import grants, links, memberships, organisations
from services.identity.store.grants import Row

PAGE = 500


def offer(ctx: RequestContext, tools: IdentityTools, request: rpc.OfferRequest) -> dict[str, Any]:
    """Offer access to whoever has confirmed the address ``to``, now or until the offer is over; nothing is granted
    before they accept. The answer does not depend on whether anybody has it.

    Raises ``own_link_needed`` (the account is there by somebody else's grant, an organisation, or a link that is not
    confirmed), ``not_found``, ``limit_reached``, ``until_past``, ``scopes_incomplete``, ``offer_to_oneself``.
    """
    giver = myself(ctx)
    account, until = str(request.account), request.until
    try:
        scopes = granted_scopes(request.scopes)
    except ScopesIncompleteError as error:
        raise CabinetError("scopes_incomplete") from error
    if until is not None and until <= ctx.now:
        raise CabinetError("until_past")
    link = _own_link(ctx, account)
    if grants.count_of(ctx.tx, account) >= MAX_GRANTS:
        raise CabinetError("limit_reached", most=MAX_GRANTS)
    contact, grant, name = contact_of("to", request.to), new_id(), clean_label(request.name)
    expires_at = min(until, ctx.now + OFFER_LIFE) if until else ctx.now + OFFER_LIFE
    edge = GRANT.edge(NEW, "offered")
    announce_offer(ctx, tools, edge, giver, grant, contact, expires_at, provider=link["provider"])
    grants.add_grant(
        ctx.tx,
        grant,
        account=account,
        provider=link["provider"],
        number=link["number"],
        giver=ctx.subject.id,
        channel=channel_of(contact),
        contact=contact,
        name=name,
        scopes=scopes,
        until=until,
        at=ctx.now,
        expires_at=expires_at,
    )
    return {
        "grant": grant,
        "account": account,
        "name": name,
        "to": contact,
        "scopes": scopes,
        "until": until.isoformat() if until else None,
        "state": "invited",
    }


def accept(ctx: RequestContext, grant: str) -> dict[str, Any]:
    """Take an offer to one's own confirmed address; a second time changes nothing. Raises ``not_found``,
    ``offer_over``."""
    person = myself(ctx, lock=True)
    row = _offered(ctx, person, grant)
    if row["state"] == "active":
        return _answer(row, "active")
    if row["state"] != "invited":
        raise CabinetError("offer_over")
    if row["expires_at"] <= ctx.now:
        grants.end_grant(ctx.tx, grant, GRANT.move(row["state"], "expired"), ctx.now)
        return ctx.refuse("offer_over")
    edge = GRANT.edge(row["state"], "accepted")
    state = edge.state
    group = default_group(ctx, person)["id"]
    version = grants.accept_grant(ctx.tx, grant, state, ctx.subject.id, group, ctx.now)
    ctx.tx.emit(
        edge.tell(
            person=ctx.subject.id,
            at=ctx.now,
            grant=grant,
            account=row["account"],
            provider=row["provider"],
            number=row["number"],
            scopes=row["scopes"],
            granted_by=row["giver"],
            until=row["until"],
            access_version=version,
        )
    )
    return _answer(row, state)


def decline(ctx: RequestContext, grant: str) -> dict[str, Any]:
    """Refuse an offer. Raises ``not_found``, ``offer_over``."""
    row = _offered(ctx, myself(ctx), grant)
    if row["state"] != "invited":
        raise CabinetError("offer_over")
    state = GRANT.move(row["state"], "declined")
    grants.end_grant(ctx.tx, grant, state, ctx.now)
    return _answer(row, state)


def end(ctx: RequestContext, grant: str) -> dict[str, Any]:
    """Taken back by who gave it, or given back by who received it. Raises ``not_found``, ``offer_over``."""
    myself(ctx)
    row = grants.grant(ctx.tx, grant)
    if row is None or ctx.subject.id not in (row["giver"], row["receiver"]):
        raise CabinetError("not_found")
    if row["state"] not in ("invited", "active"):
        raise CabinetError("offer_over")
    event = "revoked" if row["giver"] == ctx.subject.id else "returned"
    state = GRANT.move(row["state"], event)
    version = grants.end_grant(ctx.tx, grant, state, ctx.now)
    _announce_ends(ctx, [{**row, "version": version}], event)
    return _answer(row, state)


def end_given(ctx: RequestContext, giver: str, account: str | None = None) -> None:
    """The giver's own link has ended, of one account or of all: so does what was given from it."""
    ended = grants.end_given(
        ctx.tx,
        giver,
        account,
        offered=GRANT.move("invited", "owner_left"),
        active=GRANT.move("active", "owner_left"),
        at=ctx.now,
    )
    _announce_ends(ctx, ended, "owner_left")


def end_received(ctx: RequestContext, receiver: str) -> None:
    """The receiver is gone."""
    _announce_ends(
        ctx,
        grants.end_received(ctx.tx, receiver, GRANT.move("active", "returned"), ctx.now),
        "returned",
    )


def end_due(service: ServiceContext) -> None:
    """Grants whose time is over: services know the end themselves, this makes it known to everyone else. Offers and
    invitations that nobody answered end, too."""
    while True:
        with service.begin() as ctx:
            ended = grants.end_due(ctx.tx, GRANT.move("active", "over"), ctx.now, PAGE)
            _announce_ends(ctx, ended, "over")
        if len(ended) < PAGE:
            break
    with service.begin() as ctx:
        grants.expire_offers(ctx.tx, GRANT.move("invited", "expired"), ctx.now)
        memberships.expire_invitations(ctx.tx, MEMBERSHIP.move("invited", "expired"), ctx.now)


def _announce_ends(ctx: RequestContext, ended: Sequence[Row], reason: str) -> None:
    """An offer that nobody took ends without a word."""
    edge = GRANT.edge("active", reason)
    for row in ended:
        if row["receiver"] is not None:
            ctx.tx.emit(
                edge.tell(
                    person=row["receiver"],
                    at=ctx.now,
                    grant=row["id"],
                    account=row["account"],
                    reason=reason,
                    granted_by=row["giver"],
                    access_version=row["version"],
                )
            )


def _own_link(ctx: RequestContext, account: str) -> Any:
    """The caller's confirmed link; all links of the account are locked. Whoever was let in lets nobody else in."""
    links.lock_links_of(ctx.tx, account)
    found = links.link(ctx.tx, ctx.subject.id, account)
    if found is not None and found["state"] == "linked":
        return found
    seen = (
        (found is not None and found["state"] == "limited")
        or grants.access_of_grants(ctx.tx, ctx.subject.id, account, ctx.now)
        or organisations.links_of_member(ctx.tx, ctx.subject.id, account)
    )
    raise CabinetError("own_link_needed" if seen else "not_found")


def _offered(ctx: RequestContext, person: Any, grant: str) -> Row:
    """Locked. An offer that is over is told only to whose it was."""
    row = grants.grant(ctx.tx, grant)
    if row is None or not is_mine(person, row, "receiver"):
        raise CabinetError("not_found")
    return row


def _answer(row: Row, state: str) -> dict[str, Any]:
    until: datetime | None = row["until"]
    return {
        "grant": row["id"],
        "account": row["account"],
        "provider": row["provider"],
        "number": row["number"],
        "scopes": list(row["scopes"]),
        "until": until.isoformat() if until else None,
        "state": state,
    }

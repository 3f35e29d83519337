"""Organisations (ID-8): their accounts. Members come to these by way of their role, and lose them with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from contracts.events.identity import AccessGranted, AccessRevoked
from contracts.identifiers import account_id, new_id
from contracts.rpc.identity import organisations as rpc
from contracts.transitions import NEW
from services.identity.adapters.tax_numbers import TaxNumberError, read_tax_number
from services.identity.configuration import IdentityTools
from services.identity.domain.groups import clean_label
from services.identity.domain.limits import (
    MAX_ORGANISATION_ACCOUNTS,
    MAX_ORGANISATIONS,
    ORGANISATION_NAME_LENGTH,
)
from services.identity.domain.offers import channel_of, contacts_of
from services.identity.domain.scopes import DIRECTOR, OF_LINK, role_scopes
from services.identity.domain.states import MEMBERSHIP, ORGANISATION_LINK
from services.identity.handlers.inputs import label
from services.identity.handlers.linking import proven
from services.identity.handlers.profile import myself
from services.identity.store import memberships
from services.identity.store import organisations as store


def create(ctx: RequestContext, request: rpc.NewOrganisationRequest) -> dict[str, Any]:
    """A new organisation; who makes it directs it. A right number proves nothing: accounts are proven one by one.

    Raises ``tax_number_wrong`` with ``field`` and ``hint``, ``limit_reached``.
    """
    person = myself(ctx, lock=True)
    try:
        number = read_tax_number(request.country, request.tax_number, request.branch_code)
    except TaxNumberError as error:
        raise CabinetError("tax_number_wrong", field=error.field, hint=error.hint) from error
    if store.count_made_by(ctx.tx, ctx.subject.id) >= MAX_ORGANISATIONS:
        raise CabinetError("limit_reached", most=MAX_ORGANISATIONS)
    organisation, name = new_id(), label("name", request.name, ORGANISATION_NAME_LENGTH)
    store.add_organisation(
        ctx.tx,
        organisation,
        name=name,
        country=number.country,
        tax_number=number.number,
        branch_code=number.branch_code,
        created_by=ctx.subject.id,
        at=ctx.now,
    )
    contact = next(iter(contacts_of(person)), "")
    memberships.add_membership(
        ctx.tx,
        new_id(),
        organisation,
        person=ctx.subject.id,
        channel=channel_of(contact),
        contact=contact,
        name="",
        role=DIRECTOR,
        state=MEMBERSHIP.move(NEW, "founded"),
        invited_by=ctx.subject.id,
        at=ctx.now,
        expires_at=ctx.now,
    )
    return {
        "organisation": organisation,
        "name": name,
        "country": number.country,
        "tax_number": number.number,
        "branch_code": number.branch_code,
        "role": DIRECTOR,
    }


def directed(ctx: RequestContext, organisation: str) -> Any:
    """The organisation, locked, if the caller directs it. Raises ``not_found``; ``forbidden`` to other members."""
    person = ctx.subject.require_person()
    found = store.organisation(ctx.tx, organisation, lock=True)
    mine = memberships.active_membership(ctx.tx, organisation, person) if found is not None else None
    if found is None or mine is None:
        raise CabinetError("not_found")
    if mine["role"] != DIRECTOR:
        raise CabinetError("forbidden")
    return found


def link_account(
    ctx: RequestContext, tools: IdentityTools, request: rpc.OrganisationLinkRequest, number: str
) -> dict[str, Any]:
    """An account whose proof was checked before, for all members; ``number`` is tidied up. Raises
    ``already_linked``, ``limit_reached``."""
    organisation = str(request.organisation)
    directed(ctx, organisation)
    provider = request.provider
    account = account_id(provider, number)
    known = store.link(ctx.tx, organisation, account)
    state = proven(tools, ORGANISATION_LINK, provider, known["state"] if known else NEW).state
    if len(store.links(ctx.tx, organisation)) >= MAX_ORGANISATION_ACCOUNTS:
        raise CabinetError("limit_reached", most=MAX_ORGANISATION_ACCOUNTS)
    name = clean_label(request.name)
    version = store.save_link(
        ctx.tx,
        organisation,
        account,
        provider=provider,
        number=number,
        name=name,
        state=state,
        linked_by=ctx.subject.id,
        at=ctx.now,
    )
    link = {"account": account, "provider": provider, "number": number, "state": state}
    announce_access(ctx, organisation, active_members(ctx, organisation), [link], version)
    return {**link, "name": name}


def unlink_account(ctx: RequestContext, organisation: str, account: str) -> dict[str, Any]:
    """Out of the organisation, and so from all members. Raises ``not_found``."""
    directed(ctx, organisation)
    link = store.link(ctx.tx, organisation, account)
    if link is None or link["state"] not in OF_LINK:
        raise CabinetError("not_found")
    version = store.end_link(ctx.tx, organisation, account, ORGANISATION_LINK.move(link["state"], "unlinked"))
    announce_end(ctx, active_members(ctx, organisation), [link], "owner_left", version)
    return {"account": account}


def open_link(ctx: RequestContext, organisation: str, link: Any, by: str) -> dict[str, Any]:
    """A link that was confirmed gives each member what the role may do."""
    account, state = str(link["account"]), ORGANISATION_LINK.move(link["state"], "confirmed")
    version = store.confirm_link(ctx.tx, organisation, account, state, by, ctx.now)
    opened = {**link, "state": state}
    announce_access(ctx, organisation, active_members(ctx, organisation), [opened], version, changed=True)
    return {
        "account": account,
        "person": ctx.subject.id,
        "state": state,
        "scopes": role_scopes(DIRECTOR, state),
    }


def active_members(ctx: RequestContext, organisation: str) -> list[Any]:
    """Who belongs to it now."""
    return [row for row in memberships.members(ctx.tx, organisation) if row["state"] == "active"]


def announce_access(
    ctx: RequestContext,
    organisation: str,
    members: Sequence[Any],
    links: Sequence[Any],
    version: int,
    *,
    changed: bool = False,
) -> None:
    """What each of the members may do with each of the accounts, by role; the membership is the grant. ``version`` is
    that of the change that is told of, drawn under the organisation's lock."""
    for member in members:
        for link in links:
            scopes = role_scopes(member["role"], link["state"])
            if not scopes:
                if changed:
                    announce_end(ctx, [member], [link], "role_changed", version)
                continue
            ctx.tx.emit(
                AccessGranted(
                    person=member["person"],
                    at=ctx.now,
                    grant=member["id"],
                    account=str(link["account"]),
                    provider=link["provider"],
                    number=link["number"],
                    scopes=scopes,
                    granted_by="",
                    organisation=organisation,
                    changed=changed,
                    access_version=version,
                )
            )


def announce_end(
    ctx: RequestContext, members: Sequence[Any], links: Sequence[Any], reason: str, version: int
) -> None:
    """That they may do nothing with the accounts any more by way of the organisation."""
    for member in members:
        for link in links:
            ctx.tx.emit(
                AccessRevoked(
                    person=member["person"],
                    at=ctx.now,
                    grant=member["id"],
                    account=str(link["account"]),
                    reason=reason,
                    access_version=version,
                )
            )

"""Organisations (ID-8): their accounts. Members come to these by way of their role, and lose them with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis.house import Call
from contracts.errors import CabinetError
from contracts.events.identity import AccessGranted, AccessRevoked
from contracts.identifiers import account_id, new_id
from contracts.rpc.identity import organisations as rpc
from services.identity.configuration import IdentityTools
from services.identity.domain.groups import clean_label
from services.identity.domain.limits import (
    MOST_ORGANISATION_ACCOUNTS,
    MOST_ORGANISATIONS,
    ORGANISATION_NAME_LENGTH,
)
from services.identity.domain.offers import channel_of, contacts_of
from services.identity.domain.scopes import DIRECTOR, OF_LINK, role_scopes
from services.identity.domain.states import LINK, MEMBERSHIP, move
from services.identity.domain.tax_numbers import TaxNumberError, read_tax_number
from services.identity.handlers.inputs import label
from services.identity.handlers.linking import proven_state
from services.identity.handlers.profile import myself
from services.identity.store import memberships
from services.identity.store import organisations as store


def create(call: Call, request: rpc.NewOrganisationRequest) -> dict[str, Any]:
    """A new organisation; who makes it directs it. A right number proves nothing: accounts are proven one by one.

    Raises ``tax_number_wrong`` with ``field`` and ``hint``, ``limit_reached``.
    """
    person = myself(call, lock=True)
    try:
        number = read_tax_number(request.country, request.tax_number, request.branch_code)
    except TaxNumberError as error:
        raise CabinetError("tax_number_wrong", field=error.field, hint=error.hint) from error
    if store.count_made_by(call.tx, call.subject.id) >= MOST_ORGANISATIONS:
        raise CabinetError("limit_reached", most=MOST_ORGANISATIONS)
    organisation, name = new_id(), label("name", request.name, ORGANISATION_NAME_LENGTH)
    store.add_organisation(
        call.tx,
        organisation,
        name=name,
        country=number.country,
        tax_number=number.number,
        branch_code=number.branch_code,
        created_by=call.subject.id,
        at=call.now,
    )
    contact = next(iter(contacts_of(person)), "")
    memberships.add_membership(
        call.tx,
        new_id(),
        organisation,
        person=call.subject.id,
        channel=channel_of(contact),
        contact=contact,
        name="",
        role=DIRECTOR,
        state=move(MEMBERSHIP, "invited", "accepted"),
        invited_by=call.subject.id,
        at=call.now,
        expires_at=call.now,
    )
    return {
        "organisation": organisation,
        "name": name,
        "country": number.country,
        "tax_number": number.number,
        "branch_code": number.branch_code,
        "role": DIRECTOR,
    }


def directed(call: Call, organisation: str) -> Any:
    """The organisation, locked, if the caller directs it. Raises ``not_found``; ``forbidden`` to other members."""
    person = call.subject.require_person()
    found = store.organisation(call.tx, organisation, lock=True)
    mine = memberships.active_membership(call.tx, organisation, person) if found is not None else None
    if found is None or mine is None:
        raise CabinetError("not_found")
    if mine["role"] != DIRECTOR:
        raise CabinetError("forbidden")
    return found


def link_account(
    call: Call, tools: IdentityTools, request: rpc.OrganisationLinkRequest, number: str
) -> dict[str, Any]:
    """An account whose proof was checked before, for all members; ``number`` is tidied up. Raises
    ``already_linked``, ``limit_reached``."""
    organisation = str(request.organisation)
    directed(call, organisation)
    provider = request.provider
    account = account_id(provider, number)
    known = store.link(call.tx, organisation, account)
    state = proven_state(tools, provider, known["state"] if known else "absent")
    if len(store.links(call.tx, organisation)) >= MOST_ORGANISATION_ACCOUNTS:
        raise CabinetError("limit_reached", most=MOST_ORGANISATION_ACCOUNTS)
    name = clean_label(request.name)
    version = store.save_link(
        call.tx,
        organisation,
        account,
        provider=provider,
        number=number,
        name=name,
        state=state,
        linked_by=call.subject.id,
        at=call.now,
    )
    link = {"account": account, "provider": provider, "number": number, "state": state}
    announce_access(call, organisation, active_members(call, organisation), [link], version)
    return {**link, "name": name}


def unlink_account(call: Call, organisation: str, account: str) -> dict[str, Any]:
    """Out of the organisation, and so from all members. Raises ``not_found``."""
    directed(call, organisation)
    link = store.link(call.tx, organisation, account)
    if link is None or link["state"] not in OF_LINK:
        raise CabinetError("not_found")
    version = store.end_link(call.tx, organisation, account, move(LINK, link["state"], "unlinked"))
    announce_end(call, active_members(call, organisation), [link], "owner_left", version)
    return {"account": account}


def open_link(call: Call, organisation: str, link: Any, by: str) -> dict[str, Any]:
    """A link that was confirmed gives each member what the role may do."""
    account, state = str(link["account"]), move(LINK, link["state"], "confirmed")
    version = store.confirm_link(call.tx, organisation, account, state, by, call.now)
    opened = {**link, "state": state}
    announce_access(call, organisation, active_members(call, organisation), [opened], version, changed=True)
    return {
        "account": account,
        "person": call.subject.id,
        "state": state,
        "scopes": role_scopes(DIRECTOR, state),
    }


def active_members(call: Call, organisation: str) -> list[Any]:
    """Who belongs to it now."""
    return [row for row in memberships.members(call.tx, organisation) if row["state"] == "active"]


def announce_access(
    call: Call,
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
                    announce_end(call, [member], [link], "role_changed", version)
                continue
            call.tx.emit(
                AccessGranted(
                    person=member["person"],
                    at=call.now,
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


def announce_end(call: Call, members: Sequence[Any], links: Sequence[Any], reason: str, version: int) -> None:
    """That they may do nothing with the accounts any more by way of the organisation."""
    for member in members:
        for link in links:
            call.tx.emit(
                AccessRevoked(
                    person=member["person"],
                    at=call.now,
                    grant=member["id"],
                    account=str(link["account"]),
                    reason=reason,
                    access_version=version,
                )
            )

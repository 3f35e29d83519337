"""A person's accounts, and what each lets them do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from authorisation.access import LINK
from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from services.identity.domain.masking import mask_email, mask_phone, short_name
from services.identity.domain.scopes import in_order, role_scopes
from services.identity.store import grants, links, organisations


def accounts(ctx: RequestContext) -> dict[str, Any]:
    """Every account once, with group and own name (ID-7): one's own first, then those of others (ID-11) and of
    organisations (ID-8). An account that one has in several ways lets one do all that any of them does.

    ``state``: linked, limited (until a contact on file confirms it), granted, organisation.
    """
    person = ctx.subject.require_person()
    found: dict[str, dict[str, Any]] = {}
    for row in links.links(ctx.tx, person):
        entry = _entry(found, row, row["state"], row["name"], row["group_name"], row["group_id"])
        entry["scopes"] += row["scopes"]
    for row in grants.received(ctx.tx, person, ctx.now):
        entry = _entry(found, row, "granted", row["own_name"], row["group_name"] or "", row["group_id"])
        entry["scopes"] += row["scopes"]
        entry["granted"].append(
            {
                "grant": row["id"],
                "by": whose(row),
                "scopes": list(row["scopes"]),
                "until": _moment(row["until"]),
            }
        )
    for row in organisations.links_of_member(ctx.tx, person):
        scopes = role_scopes(row["role"], row["state"])
        if scopes:
            entry = _entry(found, row, "organisation", row["name"], row["organisation_name"], None)
            entry["scopes"] += scopes
            entry["organisations"].append(
                {
                    "organisation": row["organisation"],
                    "name": row["organisation_name"],
                    "role": row["role"],
                    "limited": row["state"] == "limited",
                }
            )
    for entry in found.values():
        entry["scopes"] = in_order(entry["scopes"])
    return {"accounts": list(found.values())}


def access_of(ctx: RequestContext, person: str, account: str) -> dict[str, Any]:
    """What a person holds on an account, for a service that does not know yet: each way with its scopes. Raises
    ``forbidden`` to another person."""
    if ctx.subject.kind != "service" and ctx.subject.id != person:
        raise CabinetError("forbidden")
    held = []
    link = links.access_of_link(ctx.tx, person, account)
    if link is not None:
        held.append(_grant(LINK, link["scopes"], link["since"], link["version"]))
    for row in grants.access_of_grants(ctx.tx, person, account, ctx.now):
        held.append(_grant(row["id"], row["scopes"], row["since"], row["version"], row["until"]))
    for row in organisations.links_of_member(ctx.tx, person, account):
        scopes = role_scopes(row["role"], row["state"])
        if scopes:
            held.append(_grant(row["membership"], scopes, row["since"], row["version"]))
    return {"grants": held}


def whose(row: Any) -> str:
    """How a receiver recognises a giver: a name, else a part of an address."""
    named = short_name(row["giver_name"], row["giver_surname"])
    if named or not (row["giver_phone"] or row["giver_email"]):
        return named
    return mask_phone(row["giver_phone"]) if row["giver_phone"] else mask_email(row["giver_email"])


def _entry(
    found: dict[str, dict[str, Any]], row: Any, state: str, name: str, group: str, group_id: str | None
) -> dict[str, Any]:
    return found.setdefault(
        row["account"],
        {
            "account": row["account"],
            "provider": row["provider"],
            "number": row["number"],
            "name": name,
            "group": group,
            "group_id": group_id,
            "state": state,
            "scopes": [],
            "granted": [],
            "organisations": [],
        },
    )


def _grant(
    via: str, scopes: list[str], since: datetime, version: int, until: datetime | None = None
) -> dict[str, Any]:
    return {
        "via": via,
        "scopes": list(scopes),
        "since": since.isoformat(),
        "until": _moment(until),
        "version": version,
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None

"""A person's organisations, and one of them (ID-8)."""

from __future__ import annotations

from typing import Any

from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from services.identity.domain.offers import contacts_of
from services.identity.domain.scopes import DIRECTOR, role_scopes
from services.identity.store import memberships, people
from services.identity.store import organisations as store


def my_organisations(ctx: RequestContext) -> dict[str, Any]:
    """``organisations`` with the role in each, and ``invitations`` to one's own confirmed addresses."""
    person = people.person(ctx.tx, ctx.subject.require_person())
    if person is None:
        raise CabinetError("unauthenticated")
    return {
        "organisations": [dict(row) for row in memberships.of_person(ctx.tx, ctx.subject.id)],
        "invitations": [
            {
                "membership": row["id"],
                "organisation": row["organisation"],
                "name": row["organisation_name"],
                "role": row["role"],
                "expires_at": row["expires_at"].isoformat(),
            }
            for row in memberships.invitations(ctx.tx, contacts_of(person), ctx.now)
        ],
    }


def organisation(ctx: RequestContext, organisation_id: str) -> dict[str, Any]:
    """With its accounts and what the caller may do with each; its members are for directors only. Raises
    ``not_found`` to whoever does not belong to it."""
    mine = memberships.active_membership(ctx.tx, organisation_id, ctx.subject.require_person())
    found = store.organisation(ctx.tx, organisation_id)
    if mine is None or found is None:
        raise CabinetError("not_found")
    directs = mine["role"] == DIRECTOR
    return {
        "organisation": found["id"],
        "name": found["name"],
        "country": found["country"],
        "tax_number": found["tax_number"],
        "branch_code": found["branch_code"],
        "membership": mine["id"],
        "role": mine["role"],
        "accounts": [
            {
                "account": row["account"],
                "provider": row["provider"],
                "number": row["number"],
                "name": row["name"],
                "state": row["state"],
                "scopes": role_scopes(mine["role"], row["state"]),
            }
            for row in store.links(ctx.tx, organisation_id)
        ],
        "members": [_member(row) for row in memberships.members(ctx.tx, organisation_id)] if directs else [],
    }


def _member(row: Any) -> dict[str, Any]:
    return {
        "membership": row["id"],
        "name": row["name"],
        "to": row["contact"],
        "role": row["role"],
        "state": row["state"],
    }

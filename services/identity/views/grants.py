"""What a person gave, was given, and is offered (ID-11)."""

from __future__ import annotations

from typing import Any

from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from services.identity.domain.masking import short_name
from services.identity.domain.offers import contacts_of
from services.identity.store import grants, people
from services.identity.views.accounts import whose


def my_grants(ctx: RequestContext) -> dict[str, Any]:
    """``given`` with the address each went to, ``received``, and ``offers`` to one's own confirmed addresses."""
    person = people.person(ctx.tx, ctx.subject.require_person())
    if person is None:
        raise CabinetError("unauthenticated")
    return {
        "given": [
            {
                **_shown(row),
                "name": row["name"],
                "to": row["contact"],
                "receiver": short_name(row["receiver_name"] or "", row["receiver_surname"] or ""),
                "state": row["state"],
            }
            for row in grants.given(ctx.tx, ctx.subject.id)
        ],
        "received": [
            {**_shown(row), "by": whose(row)} for row in grants.received(ctx.tx, ctx.subject.id, ctx.now)
        ],
        "offers": [
            {**_shown(row), "by": whose(row), "expires_at": row["expires_at"].isoformat()}
            for row in grants.offered(ctx.tx, contacts_of(person), ctx.now)
        ],
    }


def _shown(row: Any) -> dict[str, Any]:
    return {
        "grant": row["id"],
        "account": row["account"],
        "provider": row["provider"],
        "number": row["number"],
        "scopes": list(row["scopes"]),
        "until": row["until"].isoformat() if row["until"] else None,
    }

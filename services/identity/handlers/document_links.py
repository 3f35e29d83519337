"""Links to documents: one use, one minute (GW-6)."""

from __future__ import annotations

from typing import Any

import msgspec

from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from contracts.rpc.identity.document_links import LinkDocumentRequest
from services.identity.adapters import secrets
from services.identity.configuration import IdentityTools
from services.identity.domain.lives import DOCUMENT_LINK_LIFE
from services.identity.handlers.limits import limit
from services.identity.store import document_links

#: Digests are of secrets that nobody can guess: no salt is needed, and a link is found by its digest.
SALT = "document_link"


def link(ctx: RequestContext, tools: IdentityTools, request: LinkDocumentRequest) -> dict[str, Any]:
    """A new link of the caller's session. Raises ``too_many_requests``, ``session_ended``.

    What the caller may see is not asked now, but by the service that makes the document, when the link is opened.
    """
    limit(ctx, ("document_link", ctx.subject.require_person()))
    secret = secrets.new_secret()
    expires_at = tools.real.now() + DOCUMENT_LINK_LIFE
    kept = document_links.add(
        ctx.tx, secrets.digest(secret, SALT), ctx.subject.session, msgspec.to_builtins(request), expires_at
    )
    if not kept:
        raise CabinetError("session_ended")
    return {"secret": secret, "expires_in": int(DOCUMENT_LINK_LIFE.total_seconds())}


def open_link(ctx: RequestContext, tools: IdentityTools, secret: str) -> dict[str, Any]:
    """What a link was made for, and a token of its person that carries no roles. Raises ``link_wrong``."""
    found = document_links.take(ctx.tx, secrets.digest(secret, SALT), tools.real.now())
    if found is None:
        raise CabinetError("link_wrong")
    token = tools.tokens.issue(found["person"], found["session"], [], DOCUMENT_LINK_LIFE)
    return {
        **found["document"],
        "person": found["person"],
        "session": found["session"],
        "access_token": token,
    }

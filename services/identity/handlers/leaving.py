"""Somebody is erased (ID-9): all that they shared, and all that was shared with them, ends."""

from __future__ import annotations

from authorisation.contexts import RequestContext
from services.identity.handlers import grants as grant_handlers
from services.identity.handlers import memberships as membership_handlers
from services.identity.store import grants, memberships


def end_sharing(ctx: RequestContext, person: str, contacts: list[str]) -> None:
    """Grants given and received, memberships, and the addresses that offers were sent to. Before the links end."""
    grant_handlers.end_given(ctx, person)
    grant_handlers.end_received(ctx, person)
    membership_handlers.leave_all(ctx, person)
    grants.forget_addresses(ctx.tx, person, contacts)
    memberships.forget_addresses(ctx.tx, person, contacts)

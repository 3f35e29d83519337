"""Somebody is erased (ID-9): all that they shared, and all that was shared with them, ends."""

from __future__ import annotations

from chassis.house import Call
from services.identity.handlers import grants as grant_handlers
from services.identity.handlers import memberships as membership_handlers
from services.identity.store import grants, memberships


def end_sharing(call: Call, person: str, contacts: list[str]) -> None:
    """Grants given and received, memberships, and the addresses that offers were sent to. Before the links end."""
    grant_handlers.end_given(call, person)
    grant_handlers.end_received(call, person)
    membership_handlers.leave_all(call, person)
    grants.forget_addresses(call.tx, person, contacts)
    memberships.forget_addresses(call.tx, person, contacts)

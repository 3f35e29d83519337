"""A person's new password (ID-4, ID-5): what the old one opened and is not open yet never opens."""

from __future__ import annotations

from authorisation.contexts import RequestContext
from services.identity.domain.states import CHALLENGE
from services.identity.store import people, second_factors


def set_password(ctx: RequestContext, person: str, password_hash: str) -> None:
    """Sign-ins that wait for their second factor end. The person is locked; sessions are the caller's to end."""
    people.set_password(ctx.tx, person, password_hash)
    second_factors.end_challenges(ctx.tx, person, CHALLENGE.move("issued", "password_changed"))

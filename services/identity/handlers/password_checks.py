"""Passwords, checked and hashed outside any transaction, since argon2 takes long (ID-2, ID-5)."""

from __future__ import annotations

from typing import Any

from authorisation.contexts import ServiceContext
from authorisation.subject import Subject
from contracts.errors import CabinetError
from services.identity.adapters import secrets
from services.identity.domain.passwords import RULES, failed_rules
from services.identity.handlers.limits import limit
from services.identity.handlers.profile import myself


def rules_of(password: str) -> dict[str, Any]:
    """All rules by name, and those that the password breaks; nothing is kept."""
    return {"rules": list(RULES), "broken": failed_rules(password)}


def require_rules(password: str) -> None:
    """Raises ``password_rules`` with ``rules``, all that the password breaks."""
    broken = failed_rules(password)
    if broken:
        raise CabinetError("password_rules", rules=broken)


def check_own(service: ServiceContext, subject: Subject, password: str) -> str:
    """The stored hash that the caller's password matches; what is done with it compares it again under the person's
    lock. Raises ``unauthenticated``, ``password_wrong``, ``too_many_requests``."""
    with service.begin(subject) as ctx:
        person = myself(ctx)
        limit(ctx, ("password", subject.id))
    hashed: str = person["password_hash"]
    if not secrets.password_matches(hashed, password):
        raise CabinetError("password_wrong")
    return hashed

"""Identity's questions."""

from __future__ import annotations

from typing import Any

from chassis.subject import Subject
from chassis.transaction import Transaction
from contracts.errors import CabinetError
from services.identity import store
from services.identity.configuration import IdentityTools


def me(tx: Transaction, subject: Subject) -> dict[str, Any]:
    """The person's own profile (ID-5)."""
    person = store.person(tx, _id(subject))
    if person is None:
        raise CabinetError("unauthenticated")
    return {
        "person": str(person["id"]),
        "phone": person["phone"],
        "email": person["email"],
        "name": person["name"],
        "language": person["language"],
        "roles": list(person["roles"]),
    }


def accounts(tx: Transaction, subject: Subject) -> dict[str, Any]:
    """Linked accounts with groups and own names (ID-7)."""
    return {
        "accounts": [
            {
                "account": row["account"],
                "provider": row["provider"],
                "number": row["number"],
                "name": row["name"],
                "group": row["group_name"],
                "group_id": row["group_id"],
                "scopes": list(row["scopes"]),
            }
            for row in store.links(tx, _id(subject))
        ]
    }


def access_of(tx: Transaction, person: str, account: str) -> dict[str, Any]:
    """The scopes that a person holds on an account, for a service that does not know yet."""
    row = store.grant_of(tx, person, account)
    return {
        "scopes": list(row["scopes"]) if row else [],
        "since": row["linked_at"].isoformat() if row else None,
    }


def providers(tools: IdentityTools) -> dict[str, Any]:
    """What a form needs to know of each provider before anyone has signed in."""
    return {
        "providers": [
            {
                "provider": provider,
                "proof": profile.proof,
                "account_number_pattern": profile.account_number,
                "account_number_hint": profile.account_number_hint,
                "registration": profile.registration,
            }
            for provider, profile in tools.profiles.items()
        ]
    }


def _id(subject: Subject) -> str:
    if subject.kind != "person":
        raise CabinetError("unauthenticated")
    return subject.id

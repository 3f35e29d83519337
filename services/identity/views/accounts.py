"""Linked accounts, and what each lets a person do."""

from __future__ import annotations

from typing import Any

from chassis.access import LINK
from chassis.subject import Subject
from chassis.transaction import Transaction
from services.identity.store import links


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
            for row in links.links(tx, subject.require_person())
        ]
    }


def access_of(tx: Transaction, person: str, account: str) -> dict[str, Any]:
    """What a person holds on an account, for a service that does not know yet."""
    row = links.grant_of(tx, person, account)
    if row is None:
        return {"grants": []}
    since = row["linked_at"].isoformat()
    return {"grants": [{"via": LINK, "scopes": list(row["scopes"]), "since": since, "until": None}]}

"""Notifications' questions: a person's own messages and choices."""

from __future__ import annotations

from typing import Any

from authorisation.subject import Subject
from chassis.transaction import Transaction
from services.notifications import store
from services.notifications.domain.kinds import KINDS
from services.notifications.store import Row

LATEST = 5


def messages(tx: Transaction, subject: Subject, limit: int, before: str | None) -> dict[str, Any]:
    """A page of messages, newest first (NT-1); ``next`` is the cursor of the following page, None at the end."""
    rows = store.messages(tx, subject.require_person(), limit + 1, before)
    more = len(rows) > limit
    messages = [_message(row) for row in rows[:limit]]
    return {"messages": messages, "next": messages[-1]["id"] if more else None}


def unread(tx: Transaction, subject: Subject) -> dict[str, Any]:
    """The number in the bell."""
    return {"unread": store.unread(tx, subject.require_person())}


def overview(tx: Transaction, subject: Subject) -> dict[str, Any]:
    """The number in the bell and the latest messages, for the first page (GW-2)."""
    rows = store.overview(tx, subject.require_person(), LATEST)
    return {"unread": rows[0]["unread"], "latest": [_message(row) for row in rows if row["id"] is not None]}


def choices(tx: Transaction, subject: Subject) -> dict[str, Any]:
    """Every kind that is sent out, by channel; the locked ones cannot be switched off (NT-2)."""
    chosen = {
        (row["kind"], row["channel"]): row["enabled"] for row in store.choices(tx, subject.require_person())
    }
    return {
        "choices": [
            {
                "kind": name,
                "channel": channel,
                "enabled": kind.security or chosen.get((name, channel), True),
                "locked": kind.security,
            }
            for name, kind in KINDS.items()
            for channel in kind.channels
        ]
    }


def personal_data(tx: Transaction, subject: Subject, person: str) -> dict[str, Any]:
    """What is held on a person, by table (ID-9); for services only."""
    subject.require_service()
    return dict(store.personal_data(tx, person))


def _message(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "kind": row["kind"],
        "title": row["title"],
        "text": row["text"],
        "at": row["at"].isoformat(),
        "read_at": row["read_at"].isoformat() if row["read_at"] else None,
        "data": row["data"],
    }

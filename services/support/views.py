"""Support's questions."""

from __future__ import annotations

from typing import Any

from authorisation.subject import Subject
from chassis.transaction import Transaction
from contracts.errors import CabinetError
from services.support import store
from services.support.configuration import SupportTools
from services.support.domain.kinds import STAFF, STAFF_ROLES
from services.support.store import Row


def appeals(tx: Transaction, subject: Subject, limit: int, before: str | None) -> dict[str, Any]:
    """A page of the person's own, newest first (SP-1); ``next`` is the cursor of the following page."""
    rows = store.appeals_of(tx, subject.require_person(), limit + 1, before)
    found = [_appeal(row) for row in rows[:limit]]
    return {"appeals": found, "next": found[-1]["appeal"] if len(rows) > limit else None}


def appeal(tx: Transaction, subject: Subject, appeal_id: str) -> dict[str, Any]:
    """With its thread: for the person who wrote it, and for staff, who see also who wrote."""
    person, row = subject.require_person(), store.appeal(tx, appeal_id)
    staff = row is not None and row["person"] != person and subject.use_role(*STAFF_ROLES)
    if row is None or (row["person"] != person and not staff):
        raise CabinetError("appeal_not_found")
    messages = [
        {"id": m["id"], "side": m["side"], "text": m["text"], "at": m["at"].isoformat()}
        # Which of the staff answered is not the customer's business.
        | ({"author": m["author"]} if staff or m["side"] != STAFF else {})
        for m in store.messages(tx, appeal_id)
    ]
    return _appeal(row) | {"messages": messages} | (_for_staff(row) if staff else {})


def queue(tx: Transaction, subject: Subject, limit: int, after: str | None) -> dict[str, Any]:
    """What waits for staff: by priority (LY-7), then by age. ``waiting`` counts all; ``next`` is the cursor of the
    following page."""
    subject.require_role(*STAFF_ROLES)
    rows = store.queue(tx, limit + 1, after)
    found = [_appeal(row) | _for_staff(row) for row in rows[:limit]]
    return {
        "appeals": found,
        "waiting": len(rows) if after is None and len(rows) <= limit else store.count_waiting(tx),
        "next": found[-1]["appeal"] if len(rows) > limit else None,
    }


def questions(tools: SupportTools, language: str) -> dict[str, Any]:
    """Questions and answers (SP-5), for anyone."""
    return {"questions": [dict(entry) for entry in tools.questions[language]]}


def personal_data(tx: Transaction, subject: Subject, person: str) -> dict[str, Any]:
    """What is held on a person, by table (ID-9); for services only."""
    subject.require_service()
    return dict(store.personal_data(tx, person))


def _appeal(row: Row) -> dict[str, Any]:
    return {
        "appeal": str(row["id"]),
        "kind": row["kind"],
        "account": str(row["account"]) if row["account"] else None,
        "subject": row["subject"],
        "state": row["state"],
        "opened_at": row["opened_at"].isoformat(),
        "changed_at": row["changed_at"].isoformat(),
    }


def _for_staff(row: Row) -> dict[str, Any]:
    return {
        "person": row["person"],
        "priority": row["priority"],
        "waiting_since": row["waiting_since"].isoformat(),
    }

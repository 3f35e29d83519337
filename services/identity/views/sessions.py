"""Sessions, and the second factor."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from authorisation.subject import Subject
from chassis.transaction import Transaction
from contracts.errors import CabinetError
from services.identity.domain.lives import ACCESS_LIFE, END_TOLD_FOR
from services.identity.store import second_factors
from services.identity.store import sessions as kept_sessions


def sessions(tx: Transaction, subject: Subject, now: datetime) -> dict[str, Any]:
    """The person's open sessions, the last used first (ID-3); ``current`` is the one that asks."""
    return {
        "sessions": [
            {
                "session": row["id"],
                "created_at": row["created_at"].isoformat(),
                "used_at": row["used_at"].isoformat(),
                "device": row["device"],
                "network": row["network"],
                "second_factor": row["second_factor"],
                "current": row["id"] == subject.session,
            }
            for row in kept_sessions.open_sessions(tx, subject.require_person(), now)
        ]
    }


def ended_sessions(tx: Transaction, subject: Subject, after: int) -> dict[str, Any]:
    """Sessions that ended since the last look and whose access tokens may still be good; ``next`` is what to ask
    after the next time. For gateways: raises ``forbidden`` to anybody else."""
    if subject.kind != "service" or subject.id != "gateway":
        raise CabinetError("forbidden")
    ended, following = kept_sessions.ended_since(tx, after, END_TOLD_FOR)
    return {"sessions": ended, "next": following, "life": int(ACCESS_LIFE.total_seconds())}


def second_factor(tx: Transaction, subject: Subject) -> dict[str, Any]:
    """Has the person one, and how many recovery codes are left (ID-10)?"""
    person = subject.require_person()
    return {
        "confirmed": second_factors.is_confirmed(tx, person),
        "recovery_codes_left": second_factors.recovery_codes_left(tx, person),
    }

"""How often and how soon a dispatch is tried again (NT-3), and in which lane it waits."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from services.notifications.domain.kinds import EMAIL

# A code is of use for minutes; anything else may wait out a night's failure of a mail server.
URGENT: Final = tuple(timedelta(seconds=s) for s in (1, 3, 5, 10, 20, 30, 60, 60, 120, 120))
PATIENT: Final = tuple(timedelta(minutes=m) for m in (1, 5, 15, 30, 60, 120, 240, 480, 960))

#: Those that are over are kept for so long.
KEEP_DISPATCHES: Final = timedelta(days=90)

# How many are sent at once. Codes have lanes of their own: neither a bill run's e-mails nor a mail server that hangs
# may hold them up.
LANES: Final = {"sms": 8, "urgent_email": 4, "email": 8}


def lane_of(channel: str, urgent: bool) -> str:
    """The lane of a dispatch."""
    if channel == EMAIL:
        return "urgent_email" if urgent else "email"
    return "sms"


def pause_after(attempt: int, urgent: bool) -> timedelta | None:
    """The pause after the attempt (the first is 1) failed; None where it was the last."""
    pauses = URGENT if urgent else PATIENT
    return pauses[attempt - 1] if attempt <= len(pauses) else None

"""The second factor (ID-10): codes by time (RFC 6238), recovery codes, who may act with a role."""

from __future__ import annotations

from typing import Final

STEP_SECONDS: Final = 30
#: A phone's clock may be off by so many steps, in either direction.
WINDOW: Final = 1
CHALLENGE_TRIES: Final = 5
RECOVERY_CODES: Final = 10

# What an answer with tokens says of it.
NONE, TO_ENROL, NEEDED, CONFIRMED = "none", "to_enrol", "needed", "confirmed"


def steps_to_try(moment: float, last_step: int) -> list[int]:
    """Steps whose code is good at the moment (seconds since the epoch). A step that was used, and any before it,
    is good no more."""
    now = int(moment) // STEP_SECONDS
    return [step for step in range(now - WINDOW, now + WINDOW + 1) if step > last_step]


def roles_in_token(roles: list[str], confirmed: bool) -> list[str]:
    """Nobody acts as staff with a password alone: roles are left out until the session has its second factor."""
    return roles if confirmed else []


def state_of(roles: list[str], confirmed: bool) -> str:
    """What a session's tokens lack: ``to_enrol`` for staff who have no second factor yet."""
    if confirmed:
        return CONFIRMED
    return TO_ENROL if roles else NONE


def plain_recovery_code(text: str) -> str:
    """As it was given out: people type it with or without dashes, in any case."""
    return "".join(c for c in text.upper() if c.isalnum())

"""An authenticator app: codes by time (RFC 6238), each used once, as the system demands it."""

from __future__ import annotations

import time

import pyotp

STEP = 30
_last_used: dict[str, int] = {}


def fresh_code(secret: str) -> str:
    """A code that this process did not use before; waits for the next one if need be, half a minute at most.

    The system takes the code of the step before and after as well, so that of two sign-ins in a row none waits.
    """
    step = max(int(time.time()) // STEP, _last_used.get(secret, 0) + 1)
    while step > int(time.time()) // STEP + 1:
        time.sleep(0.5)
    _last_used[secret] = step
    return pyotp.HOTP(secret).at(step)


def shown_code(secret: str) -> str:
    """What the app shows now, for a person to type."""
    return pyotp.TOTP(secret).now()

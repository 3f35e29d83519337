"""Readings without signing in (MT-5): what they are checked by, what becomes of them, how many are taken.

Nothing here is told to whoever sends them: the answer is the same for a right proof and a wrong one.
"""

from __future__ import annotations

from typing import Final

from contracts.errors import CabinetError

#: Proofs that a profile may ask for besides the account number.
METER_SERIAL, ADDRESS = "meter_serial", "address"

RECEIVED, ACCEPTED, QUEUED, REJECTED = "received", "accepted", "queued", "rejected"
# state -> where it may go; a member of staff decides what is queued.
GUEST_READING: Final[dict[str, tuple[str, ...]]] = {
    RECEIVED: (ACCEPTED, QUEUED),
    QUEUED: (ACCEPTED, REJECTED),
    ACCEPTED: (),
    REJECTED: (),
}


def move(state: str, target: str) -> str:
    """The new state. Raises ``already_decided``."""
    if target not in GUEST_READING[state]:
        raise CabinetError("already_decided")
    return target

"""Readings without signing in (MT-5): what they are checked by, what becomes of them, how many are taken.

Nothing here is told to whoever sends them: the answer is the same for a right proof and a wrong one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from contracts.errors import CabinetError
from contracts.transitions import NEW, Edge, Transitions

#: Proofs that a profile may ask for besides the account number.
METER_SERIAL, ADDRESS = "meter_serial", "address"
#: Limits of a profile are counted over this.
HOUR: Final = timedelta(hours=1)
#: A service that is asked for a proof may be away for a while; after so many tries a member of staff decides.
TRIES: Final = 12
AGAIN_AFTER: Final = timedelta(minutes=5)
#: Decided ones are kept for so long.
KEEP_GUESTS: Final = timedelta(days=90)

RECEIVED, ACCEPTED, QUEUED, REJECTED = "received", "accepted", "queued", "rejected"
# A member of staff decides what is queued.
GUEST_READING: Final = Transitions(
    Edge(NEW, "sent", RECEIVED),
    Edge(RECEIVED, "accepted", ACCEPTED),
    Edge(RECEIVED, "doubted", QUEUED),
    Edge(QUEUED, "accepted", ACCEPTED),
    Edge(QUEUED, "rejected", REJECTED),
)


def move(state: str, trigger: str) -> str:
    """The new state. Raises ``already_decided``."""
    edge = GUEST_READING.find(state, trigger)
    if edge is None:
        raise CabinetError("already_decided")
    return edge.state

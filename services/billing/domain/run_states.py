"""States of a bill run, as a state machine. A run that was withdrawn may be started anew: its bills are further
revisions then."""

from __future__ import annotations

from typing import Final

from contracts.errors import CabinetError
from contracts.events.billing import BillRunFinished
from contracts.transitions import NEW, Edge, Transitions

RUNNING, DONE, WITHDRAWING, WITHDRAWN = "running", "done", "withdrawing", "withdrawn"

RUN: Final = Transitions(
    Edge(NEW, "started", RUNNING),
    Edge(RUNNING, "started", RUNNING),
    Edge(DONE, "started", RUNNING),
    Edge(WITHDRAWN, "started", RUNNING),
    Edge(RUNNING, "billed", DONE, BillRunFinished),
    Edge(RUNNING, "canceled", WITHDRAWING),
    Edge(DONE, "canceled", WITHDRAWING),
    Edge(WITHDRAWING, "canceled", WITHDRAWING),
    Edge(WITHDRAWING, "emptied", WITHDRAWN),
)
#: In these a run has work to do.
UNFINISHED: Final = (RUNNING, WITHDRAWING)


def moved(state: str, trigger: str) -> Edge:
    """What becomes of the run. Raises ``run_state`` where it may not be."""
    edge = RUN.find(state, trigger)
    if edge is None:
        raise CabinetError("run_state", state=state)
    return edge

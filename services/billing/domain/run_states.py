"""States of a bill run: (state, event) -> state. A run that was withdrawn may be started anew: its bills are further
revisions then."""

from __future__ import annotations

from typing import Final

from contracts.errors import CabinetError

RUNNING, DONE, WITHDRAWING, WITHDRAWN = "running", "done", "withdrawing", "withdrawn"

RUN: Final = {
    (RUNNING, "started"): RUNNING,
    (DONE, "started"): RUNNING,
    (WITHDRAWN, "started"): RUNNING,
    (RUNNING, "billed"): DONE,
    (RUNNING, "canceled"): WITHDRAWING,
    (DONE, "canceled"): WITHDRAWING,
    (WITHDRAWING, "canceled"): WITHDRAWING,
    (WITHDRAWING, "emptied"): WITHDRAWN,
}
#: In these a run has work to do.
UNFINISHED: Final = (RUNNING, WITHDRAWING)


def moved(state: str, event: str) -> str:
    """The state after the event. Raises ``run_state`` where the event may not be."""
    following = RUN.get((state, event))
    if following is None:
        raise CabinetError("run_state", state=state)
    return following

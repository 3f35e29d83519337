"""States of an appeal, as a state machine (SP-1)."""

from __future__ import annotations

from typing import Final

from contracts.events.support import AppealAnswered, AppealOpened
from contracts.transitions import NEW, Edge, Transitions

WAITING, OPENED, WRITTEN, ANSWERED, CLOSED = "waiting", "opened", "written", "answered", "closed"

# waiting: for staff. answered: the person has the word. closed: nothing more is written.
APPEAL: Final = Transitions(
    Edge(NEW, OPENED, "waiting", AppealOpened),
    Edge("waiting", WRITTEN, "waiting"),
    Edge("waiting", ANSWERED, "answered", AppealAnswered),
    Edge("waiting", CLOSED, "closed"),
    Edge("answered", WRITTEN, "waiting"),
    Edge("answered", ANSWERED, "answered", AppealAnswered),
    Edge("answered", CLOSED, "closed"),
)

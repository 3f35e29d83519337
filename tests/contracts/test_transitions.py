"""The one type of all state machines."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from contracts.events.support import AppealAnswered
from contracts.transitions import NEW, Edge, ForbiddenTransitionError, Transitions

DOOR = Transitions(
    Edge(NEW, "built", "closed"),
    Edge("closed", "opened", "open", AppealAnswered),
    Edge("open", "shut", "closed"),
    Edge("closed", "walled_up", "wall"),
)


def test_a_machine_says_where_a_trigger_leads() -> None:
    assert DOOR.move("open", "shut") == "closed"
    assert DOOR.edge("closed", "opened").event is AppealAnswered
    assert DOOR.find("open", "opened") is None
    with pytest.raises(ForbiddenTransitionError, match="opened in state open"):
        DOOR.move("open", "opened")


def test_a_machine_knows_its_states() -> None:
    assert DOOR.states == {"closed", "open", "wall"}
    assert DOOR.final == {"wall"}
    assert DOOR.triggers == {"built", "opened", "shut", "walled_up"}


def test_an_edge_makes_its_event_and_no_other() -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    told = DOOR.edge("closed", "opened").tell(appeal="a", person="p", at=at)
    assert told == AppealAnswered(appeal="a", person="p", at=at)
    with pytest.raises(LookupError, match="shut in state open"):
        DOOR.edge("open", "shut").tell(appeal="a", person="p", at=at)


def test_a_trigger_leads_to_one_state() -> None:
    with pytest.raises(ValueError, match="one state only"):
        Transitions(Edge("open", "shut", "closed"), Edge("open", "shut", "wall"))

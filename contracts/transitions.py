"""State machines as data: which trigger leads from which state to which, and which event tells of it.

A machine is the only way to a further state: whoever moves a thing asks the machine for the edge, stores the edge's
state, and emits what the edge tells. So an event can neither be forgotten nor told of something that did not happen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from contracts.events.base import Event

#: The state of what is not there yet.
NEW: Final = "new"


class ForbiddenTransitionError(Exception):
    """This cannot happen in this state."""


@dataclass(frozen=True)
class Edge:
    """From a state by a trigger to a state. ``event`` is the class of the event that tells of it; None tells nobody."""

    source: str
    trigger: str
    state: str
    event: type[Event] | None = None

    def tell(self, **fields: Any) -> Event:
        """The edge's event, with its fields. Raises LookupError for an edge that tells nobody."""
        if self.event is None:
            raise LookupError(f"{self.trigger} in state {self.source} is told to nobody")
        return self.event(**fields)


class Transitions:
    """A state machine.

    >>> door = Transitions(Edge("open", "shut", "closed"), Edge("closed", "opened", "open"))
    >>> door.move("open", "shut")
    'closed'
    """

    def __init__(self, *edges: Edge) -> None:
        self._edges = {(edge.source, edge.trigger): edge for edge in edges}
        if len(self._edges) != len(edges):
            raise ValueError("a trigger leads from a state to one state only")

    def __iter__(self) -> Iterator[Edge]:
        return iter(self._edges.values())

    @property
    def states(self) -> frozenset[str]:
        """All but NEW."""
        return frozenset(state for edge in self for state in (edge.source, edge.state)) - {NEW}

    @property
    def triggers(self) -> frozenset[str]:
        """All that can happen."""
        return frozenset(edge.trigger for edge in self)

    @property
    def final(self) -> frozenset[str]:
        """States that nothing leads out of."""
        return self.states - {edge.source for edge in self}

    def find(self, state: str, trigger: str) -> Edge | None:
        """The edge, or None where the trigger changes nothing."""
        return self._edges.get((state, trigger))

    def edge(self, state: str, trigger: str) -> Edge:
        """The edge. Raises ForbiddenTransitionError where there is none."""
        found = self.find(state, trigger)
        if found is None:
            raise ForbiddenTransitionError(f"{trigger} in state {state}")
        return found

    def move(self, state: str, trigger: str) -> str:
        """The state after the trigger, where nobody is told. Raises ForbiddenTransitionError."""
        return self.edge(state, trigger).state

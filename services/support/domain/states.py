"""States of an appeal, as a table of transitions: (state, event) -> state (SP-1)."""

from __future__ import annotations

from typing import Final


class ForbiddenTransitionError(Exception):
    """This event cannot happen in this state."""


WAITING, WRITTEN, ANSWERED, CLOSED = "waiting", "written", "answered", "closed"

# waiting: for staff. answered: the person has the word. closed: nothing more is written.
APPEAL: Final = {
    ("waiting", WRITTEN): "waiting",
    ("waiting", ANSWERED): "answered",
    ("waiting", CLOSED): "closed",
    ("answered", WRITTEN): "waiting",
    ("answered", ANSWERED): "answered",
    ("answered", CLOSED): "closed",
}


def move(table: dict[tuple[str, str], str], state: str, event: str) -> str:
    """The state after the event. Raises ForbiddenTransitionError."""
    try:
        return table[(state, event)]
    except KeyError as error:
        raise ForbiddenTransitionError(f"{event} in state {state}") from error

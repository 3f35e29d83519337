"""States of a delivery, as a table of transitions: (state, event) -> state."""

from __future__ import annotations

from typing import Final


class ForbiddenTransitionError(Exception):
    """This event cannot happen in this state."""


SENT, PUT_OFF, BOUNCED, GIVEN_UP = "sent", "put_off", "bounced", "given_up"

DELIVERY: Final = {
    ("waiting", SENT): "sent",
    ("waiting", PUT_OFF): "retrying",
    ("waiting", BOUNCED): "bounced",
    ("waiting", GIVEN_UP): "failed",
    ("retrying", SENT): "sent",
    ("retrying", PUT_OFF): "retrying",
    ("retrying", BOUNCED): "bounced",
    ("retrying", GIVEN_UP): "failed",
}
FINAL: Final = frozenset({"sent", "bounced", "failed"})


def move(table: dict[tuple[str, str], str], state: str, event: str) -> str:
    """The state after the event. Raises ForbiddenTransitionError."""
    try:
        return table[(state, event)]
    except KeyError as error:
        raise ForbiddenTransitionError(f"{event} in state {state}") from error

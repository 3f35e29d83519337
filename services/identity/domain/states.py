"""States of registrations, codes, sessions and links, as tables of transitions: (state, event) -> state."""

from __future__ import annotations

from typing import Final


class ForbiddenTransitionError(Exception):
    """This event cannot happen in this state."""


REGISTRATION: Final = {("waiting", "confirmed"): "done", ("waiting", "expired"): "expired"}
CODE: Final = {
    ("issued", "used"): "used",
    ("issued", "replaced"): "replaced",
    ("issued", "exhausted"): "exhausted",
    ("issued", "expired"): "expired",
}
SESSION: Final = {("open", "signed_out"): "ended", ("open", "reused"): "ended", ("open", "expired"): "ended"}
LINK: Final = {("linked", "unlinked"): "unlinked", ("unlinked", "linked"): "linked"}


def move(table: dict[tuple[str, str], str], state: str, event: str) -> str:
    """The state after the event. Raises ForbiddenTransitionError."""
    try:
        return table[(state, event)]
    except KeyError as error:
        raise ForbiddenTransitionError(f"{event} in state {state}") from error

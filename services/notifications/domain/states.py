"""States of a dispatch, as a state machine."""

from __future__ import annotations

from typing import Final

from contracts.transitions import NEW, Edge, Transitions

ASKED, SENT, PUT_OFF, BOUNCED, GIVEN_UP = "asked", "sent", "put_off", "bounced", "given_up"

DISPATCH: Final = Transitions(
    Edge(NEW, ASKED, "waiting"),
    Edge("waiting", SENT, "sent"),
    Edge("waiting", PUT_OFF, "retrying"),
    Edge("waiting", BOUNCED, "bounced"),
    Edge("waiting", GIVEN_UP, "failed"),
    Edge("retrying", SENT, "sent"),
    Edge("retrying", PUT_OFF, "retrying"),
    Edge("retrying", BOUNCED, "bounced"),
    Edge("retrying", GIVEN_UP, "failed"),
)

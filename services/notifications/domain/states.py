"""States of a delivery, as a state machine."""

from __future__ import annotations

from typing import Final

from contracts.transitions import NEW, Edge, Transitions

TOLD, SENT, PUT_OFF, BOUNCED, GIVEN_UP = "told", "sent", "put_off", "bounced", "given_up"

DELIVERY: Final = Transitions(
    Edge(NEW, TOLD, "waiting"),
    Edge("waiting", SENT, "sent"),
    Edge("waiting", PUT_OFF, "retrying"),
    Edge("waiting", BOUNCED, "bounced"),
    Edge("waiting", GIVEN_UP, "failed"),
    Edge("retrying", SENT, "sent"),
    Edge("retrying", PUT_OFF, "retrying"),
    Edge("retrying", BOUNCED, "bounced"),
    Edge("retrying", GIVEN_UP, "failed"),
)

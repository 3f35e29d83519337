"""States of a payment and of a fiscal receipt as tables of transitions: (state, event) -> state.

An event that has no transition in a final state is a repeat or came late: it changes nothing. Money that arrives for
a payment already canceled is never dropped silently: it goes to ``succeeded`` as well.
"""

from __future__ import annotations

from typing import Final

PAYMENT: Final = {
    ("created", "registered"): "pending",
    ("created", "refused"): "canceled",
    ("created", "captured"): "succeeded",
    ("created", "canceled"): "canceled",
    ("pending", "captured"): "succeeded",
    ("pending", "canceled"): "canceled",
    ("canceled", "captured"): "succeeded",
}
OPEN: Final = ("created", "pending")

# ``refused`` is said of the receipt itself: as it stands it will never be registered. ``attempt_failed``: the cash
# register could not do it, the next attempt has a number of its own. ``lost``: the operator knows nothing of it.
RECEIPT: Final = {
    ("wanted", "accepted"): "sent",
    ("wanted", "refused"): "failed",
    ("sent", "registered"): "done",
    ("sent", "refused"): "failed",
    ("sent", "attempt_failed"): "wanted",
    ("sent", "lost"): "wanted",
    ("failed", "registered_again"): "wanted",
}
RECEIPT_STATES: Final = ("wanted", "sent", "done", "failed")


def after(table: dict[tuple[str, str], str], state: str, event: str) -> str | None:
    """The state after the event, or None where the event changes nothing."""
    return table.get((state, event))

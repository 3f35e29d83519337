"""States of a payment and of a fiscal receipt, as state machines.

What has no edge in a final state is a repeat or came late: it changes nothing. Money that arrives for a payment already
canceled is never dropped silently: it goes to ``succeeded`` as well.
"""

from __future__ import annotations

from typing import Final

from contracts.events.payments import PaymentCanceled, PaymentSucceeded, ReceiptRegistered
from contracts.transitions import NEW, Edge, Transitions

#: ``refused``: its system never took it, which is the answer to whoever began it, and no news to others.
PAYMENT: Final = Transitions(
    Edge(NEW, "begun", "created"),
    Edge("created", "registered", "pending"),
    Edge("created", "refused", "canceled"),
    Edge("created", "captured", "succeeded", PaymentSucceeded),
    Edge("created", "canceled", "canceled", PaymentCanceled),
    Edge("pending", "captured", "succeeded", PaymentSucceeded),
    Edge("pending", "canceled", "canceled", PaymentCanceled),
    Edge("canceled", "captured", "succeeded", PaymentSucceeded),
    # The ledger has not confirmed it in time.
    Edge("succeeded", "unposted", "succeeded", PaymentSucceeded),
)
OPEN: Final = ("created", "pending")

# ``refused`` is said of the receipt itself: as it stands it will never be registered. ``attempt_failed``: the cash
# register could not do it, the next attempt has a number of its own. ``lost``: the operator knows nothing of it.
RECEIPT: Final = Transitions(
    Edge(NEW, "paid", "wanted"),
    Edge("wanted", "accepted", "sent"),
    Edge("wanted", "refused", "failed"),
    Edge("sent", "registered", "done", ReceiptRegistered),
    Edge("sent", "refused", "failed"),
    Edge("sent", "attempt_failed", "wanted"),
    Edge("sent", "lost", "wanted"),
    Edge("failed", "registered_again", "wanted"),
)
RECEIPT_STATES: Final = ("wanted", "sent", "done", "failed")

"""May a head end speak for the supplier in its routing key?"""

from __future__ import annotations

import time
from typing import Final

from chassis.transaction import Transaction
from services.metering.domain.entries import MeterBatch, refused_whole
from services.metering.store import head_ends

#: Seconds after which what is known is looked up anew; whoever is not known is looked for at most so often.
KEPT_FOR, LOOKED_FOR_EVERY = 10.0, 1.0
NOT_ALLOWED: Final = "provider_not_allowed"


class Senders:
    """Which head ends speak for whom, as the database said last."""

    def __init__(self) -> None:
        self._known: frozenset[tuple[str, str]] = frozenset()
        self._read_at = float("-inf")

    def checked(self, tx: Transaction, provider: str, batch: MeterBatch) -> MeterBatch:
        """The batch, or, from a head end that may not speak for the supplier, one that is refused whole."""
        pair, age = (batch.head_end, provider), time.monotonic() - self._read_at
        if age > KEPT_FOR or (pair not in self._known and age > LOOKED_FOR_EVERY):
            self._known, self._read_at = head_ends.pairs(tx), time.monotonic()
        if pair in self._known:
            return batch
        return refused_whole(batch, NOT_ALLOWED, f"{batch.head_end} does not speak for {provider}")

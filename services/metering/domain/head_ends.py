"""Head ends: whose meters each may speak for, and what its broker user may do.

A head end configures nothing on the broker: it writes to its own routing keys of one exchange, and reads one queue.
That it speaks for the supplier in its key is checked again when a batch is taken: rights by topic bind direct publishes
only.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

NAME: Final = re.compile(r"[a-z][a-z0-9-]{2,62}")
NOBODY: Final = "^$"
#: The last word of a routing key whose batches are looked at and answered, and not stored (MT-15).
TEST: Final = "test"
#: Receipts that nobody fetches: so many, for so long.
MAX_RECEIPTS: Final = 100_000
RECEIPTS_KEPT: Final = timedelta(days=30)


@dataclass(frozen=True)
class Rights:
    """Of a broker user in the head ends' vhost: names and, by exchange, routing keys as regular expressions."""

    configure: str
    write: str
    read: str
    topics: dict[str, dict[str, str]]


def receipts_queue(head_end: str) -> str:
    """Where its receipts wait for it."""
    return f"{head_end}.receipts"


def receipts_arguments() -> dict[str, Any]:
    """Of that queue: what nobody fetches goes, the oldest first."""
    return {
        "x-queue-type": "quorum",
        "x-max-length": MAX_RECEIPTS,
        "x-message-ttl": int(RECEIPTS_KEPT.total_seconds() * 1000),
    }


def rights(head_end: str, providers: Sequence[str], exchange: str) -> Rights:
    """What a head end may do that speaks for these suppliers."""
    suppliers = "|".join(re.escape(provider) for provider in sorted(providers))
    key = rf"^({suppliers})\.{re.escape(head_end)}(\.{TEST})?$" if providers else NOBODY
    return Rights(
        configure=NOBODY,
        write=f"^{re.escape(exchange)}$",
        read=f"^{re.escape(receipts_queue(head_end))}$",
        topics={exchange: {"write": key, "read": NOBODY}},
    )


def name_faults(head_end: str, providers: Collection[str], known: Collection[str]) -> list[str]:
    """What is wrong with a new head end."""
    found = [] if NAME.fullmatch(head_end) else [f"{head_end!r} is no name of a head end: {NAME.pattern}"]
    return found + [f"no provider {provider!r}" for provider in providers if provider not in known]

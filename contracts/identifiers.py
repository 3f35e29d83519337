"""Identifiers that several services must agree on."""

from __future__ import annotations

import os
import time
import uuid

# Any fixed UUID does; it only has to stay the same for ever.
ACCOUNT_NAMESPACE = uuid.UUID("6f6d2f2e-6a52-4b7b-9d8a-0d7a52f6c1b4")


def new_id() -> str:
    """A new UUID version 7 (RFC 9562): sorts by time, so index pages stay warm."""
    millis = time.time_ns() // 1_000_000
    value = (millis << 80) | (0x7 << 76) | (int.from_bytes(os.urandom(10), "big") & ((1 << 76) - 1))
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return str(uuid.UUID(int=value))


def account_id(provider: str, number: str) -> str:
    """The id of a supplier's account: the same in every service, without asking anyone.

    Derived (UUID version 5), so that a file of meters and a file of accounts may arrive in any order.
    """
    return str(uuid.uuid5(ACCOUNT_NAMESPACE, f"{provider}/{number}"))

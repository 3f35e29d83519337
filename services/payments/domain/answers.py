"""What a payer sees of a payment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def answer(row: Mapping[str, Any]) -> dict[str, Any]:
    """A payment as its payer sees it."""
    names = (
        "payment", "state", "system", "currency", "total", "confirmation_url", "reason", "created_at", "paid_at",
    )  # fmt: skip
    return {name: row[name] for name in names}

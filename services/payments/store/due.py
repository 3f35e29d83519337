"""When work that waits is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

Row = Mapping[str, Any]
# What is due later than that was put off before the clock was set back (a demo).
FAR = timedelta(days=1)


def until(due: datetime | None, now: datetime) -> float | None:
    """Seconds; none where it lies so far ahead that the clock must have been set back."""
    if due is None:
        return None
    return 0.0 if due > now + FAR else (due - now).total_seconds()

"""Priority service for high levels of the loyalty programme (LY-7)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

# Higher is served sooner; any other level is served in the order of time.
PRIORITY: Final = {"ideal": 2, "responsible": 1}
ORDINARY: Final = 0


def priority_of(levels: Iterable[str]) -> int:
    """Of the best of the levels."""
    return max((PRIORITY.get(level, ORDINARY) for level in levels), default=ORDINARY)

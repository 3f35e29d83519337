"""Growing pauses between tries of what failed and is tried again."""

from __future__ import annotations

from datetime import timedelta


def growing(tries: int, first: timedelta, longest: timedelta) -> timedelta:
    """The pause after so many tries that failed (1 and more): ``first``, twice that, and so on up to ``longest``.

    >>> growing(3, timedelta(seconds=1), timedelta(seconds=300))
    datetime.timedelta(seconds=4)
    """
    # Beyond that the doubling is longer than any pause, and would in the end be too large for a timedelta.
    doubled: timedelta = first * (1 << min(tries - 1, 20))
    return min(doubled, longest)

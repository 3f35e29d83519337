"""What the process holds once it runs, it holds to its end: the collector need not look through it again and again."""

from __future__ import annotations

import gc


def settle() -> None:
    """After the start: take modules, classes and connections out of the collector's sight. With batches of many
    small objects its full rounds would otherwise take a fifth of the time."""
    gc.collect()
    gc.freeze()

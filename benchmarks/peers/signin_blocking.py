"""Identity as it is, but for one thing: what belongs into a thread is done on the loop."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from chassis import run  # its import makes the process green, so it comes before the next one

# isort: split
from chassis import offload


def at_once(work: Callable[..., Any], *arguments: object) -> Any:
    """In the caller's own greenlet: everything else waits."""
    return work(*arguments)


if __name__ == "__main__":
    offload.offload = at_once  # before the service is imported
    sys.exit(run.main(sys.argv[1]))

"""Several services asked at once: the whole takes as long as the slowest, and what fails is marked, not fatal."""

from __future__ import annotations

from typing import Any

from chassis.rpc.client import Pending
from contracts.errors import CabinetError

# The caller's own fault is an answer; these mean that a part of the system is away.
MISSING_KINDS = ("unavailable", "timeout", "internal")


def gather(pending: dict[str, Pending]) -> tuple[dict[str, Any], list[str]]:
    """Results by name, and the names of those that did not come. Raises the errors that are about the request."""
    results: dict[str, Any] = {}
    missing: list[str] = []
    for name, waiting in pending.items():
        try:
            results[name] = waiting.result()
        except CabinetError as error:
            if error.kind not in MISSING_KINDS:
                raise
            missing.append(name)
    return results, missing

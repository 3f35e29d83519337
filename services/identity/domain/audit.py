"""The audit log's chain (ID-10): each entry's digest covers its content and the digest before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

#: What the first entry follows.
BEGINNING: Final = "0" * 64
COVERED: Final = (
    "position", "service", "action", "person", "roles", "operation", "kind", "outcome", "at", "targets", "request",
    "previous",
)  # fmt: skip


def digest_of(entry: Mapping[str, Any]) -> str:
    """SHA-256 over all of COVERED, in one spelling; ids as text, moments in UTC to the microsecond."""
    content = [_plain(entry[name]) for name in COVERED]
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, int | list | dict):
        return value
    return str(value)

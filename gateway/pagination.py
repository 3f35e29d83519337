"""Cursors of a stream that is ordered by moments: opaque to the client.

Several items can share a moment, so a cursor holds the last moment and the ids already given of it; the next page asks
again from that moment on and leaves those out.
"""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Any

import msgspec

from contracts.faults import fault


class Cursor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a page ended."""

    at: datetime
    ids: list[str]

    @property
    def until(self) -> datetime:
        """What to ask the sources for: everything up to and including the moment."""
        return self.at + timedelta(microseconds=1)


def cursor_after(page: list[dict[str, Any]], previous: Cursor | None) -> str:
    """The cursor that continues behind a page of items with ``at`` and ``id``."""
    last = moment_of(page[-1])
    ids = [item["id"] for item in page if moment_of(item) == last]
    if previous is not None and previous.at == last:
        ids = [*previous.ids, *ids]
    return _written(Cursor(last, ids))


def cursor_before(previous: Cursor) -> str:
    """The cursor that goes on with what is older than the moment of another one."""
    return _written(Cursor(previous.at - timedelta(microseconds=1), []))


def moment_of(item: dict[str, Any]) -> datetime:
    """Texts of moments do not sort: they come with and without fractions of a second."""
    return datetime.fromisoformat(item["at"])


def _written(cursor: Cursor) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def read_cursor(text: str | None) -> Cursor | None:
    """The cursor of a request. Raises ``validation_failed``."""
    if not text:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        cursor = msgspec.json.decode(raw, type=Cursor)
        if cursor.at.tzinfo is None or len(cursor.ids) > 1000:
            raise ValueError("not ours")
        _ = cursor.until
    except (ValueError, OverflowError, RecursionError, msgspec.MsgspecError) as error:
        raise fault("cursor", "invalid_format", "The cursor is not one of ours.") from error
    return cursor

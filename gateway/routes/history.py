"""History (GW-3): readings, bills and payments in one stream, newest first."""

from __future__ import annotations

from typing import Any

from gateway.composition import gather
from gateway.models.pages import History, HistoryQuery
from gateway.operations import SIGNED_IN, HttpCall, operation
from gateway.pagination import cursor_after, cursor_before, moment_of, read_cursor

# kind -> (service, list in its answer, id, moment)
SOURCES = {
    "reading": ("metering", "readings", "reading", "created_at"),
    "bill": ("billing", "bills", "bill", "issued_at"),
    "payment": ("payments", "payments", "payment", "created_at"),
}
MOST = 200  # that a source gives at once


@operation("GET", "/history", SIGNED_IN, query=HistoryQuery, answer=History, errors=("not_found",))
def history(call: HttpCall) -> Any:
    """Everything that happened, newest first, each with its details. Filters: kinds, accounts."""
    query = call.query
    kinds = list(dict.fromkeys(query.kinds)) or list(SOURCES)
    cursor = read_cursor(query.cursor)
    seen = set(cursor.ids) if cursor else set()
    asked = min(query.limit + 1 + len(seen), MOST)
    pending = {
        kind: call.service(SOURCES[kind][0]).start(
            "history",
            before=cursor.before if cursor else None,
            limit=asked,
            accounts=query.accounts or None,
        )
        for kind in kinds
    }
    found, missing = gather(pending)
    items: list[dict[str, Any]] = []
    # A source that gave all it was asked for may have more, from its last moment on.
    horizons = []
    for kind, answer in found.items():
        _, listed, identifier, moment = SOURCES[kind]
        given = [
            {"kind": kind, "id": details[identifier], "at": details[moment], "details": details}
            for details in answer[listed]
        ]
        if len(given) >= asked:
            horizons.append(min(moment_of(item) for item in given))
        items.extend(item for item in given if item["id"] not in seen)
    items.sort(key=moment_of, reverse=True)
    within = [item for item in items if all(moment_of(item) >= horizon for horizon in horizons)]
    page = within[: query.limit]
    following = None
    if page and (horizons or len(items) > len(page)):
        following = cursor_after(page, cursor)
    elif horizons and cursor:
        # More than MOST of one source share a moment: those that cannot be told apart are passed over.
        following = cursor_before(cursor)
    return {"items": page, "next": following, "missing": [SOURCES[kind][0] for kind in missing]}

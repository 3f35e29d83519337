"""History (GW-3): readings, bills and payments in one stream, newest first."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec

from gateway.composition import gather
from gateway.models.pages import History, HistoryQuery
from gateway.operations import SIGNED_IN, HttpRequest, operation
from gateway.pagination import Cursor, cursor_after, cursor_before, moment_of, read_cursor


class Source(NamedTuple):
    """Where a kind comes from: a service, the list in its answer, and what an item's id and moment are called there."""

    service: str
    listed: str
    id: str
    at: str
    #: Has it an amount of money?
    money: bool


SOURCES: Final = {
    "reading": Source("metering", "readings", "reading", "created_at", money=False),
    "bill": Source("billing", "bills", "bill", "issued_at", money=True),
    "payment": Source("payments", "payments", "payment", "created_at", money=True),
}
MOST: Final = 200  # that a source gives at once
NOTHING: Final[dict[str, Any]] = {"items": [], "next": None, "missing": []}


@operation("GET", "/history", SIGNED_IN, query=HistoryQuery, answer=History, errors=("not_found",))
def history(request: HttpRequest) -> Any:
    """Everything that happened, newest first, each with its details."""
    query = request.query
    cursor = read_cursor(query.cursor)
    kinds = _kinds(query)
    accounts = _accounts(request, query)
    if not kinds or accounts == []:
        return NOTHING
    asked = min(query.limit + 1 + (len(cursor.ids) if cursor else 0), MOST)
    found, missing = gather(
        {
            kind: request.service(SOURCES[kind].service).start(
                "history", **_asked(query, SOURCES[kind], accounts, cursor, asked)
            )
            for kind in kinds
        }
    )
    return {**_page(found, cursor, asked, query.limit), "missing": missing}


def _kinds(query: HistoryQuery) -> list[str]:
    """Those that are asked for; with amounts only those that have one."""
    kinds = list(dict.fromkeys(query.kinds or SOURCES))
    by_amount = query.least is not None or query.greatest is not None
    return [kind for kind in kinds if SOURCES[kind].money or not by_amount]


def _accounts(request: HttpRequest, query: HistoryQuery) -> list[str] | None:
    """Accounts that are asked for, None for all; those of a group identity knows."""
    if query.group is None:
        return query.accounts or None
    held = request.service("identity").accounts()["accounts"]
    of_group = [account["account"] for account in held if account["group_id"] == query.group.lower()]
    return [account for account in of_group if not query.accounts or account in query.accounts]


def _asked(
    query: HistoryQuery, source: Source, accounts: list[str] | None, cursor: Cursor | None, limit: int
) -> dict[str, Any]:
    ends = [end for end in (cursor.until if cursor else None, query.until) if end is not None]
    given: dict[str, Any] = {
        "accounts": accounts,
        "provider": query.provider,
        "since": query.since,
        "before": min(ends) if ends else None,
        "limit": limit,
    }
    if source.money:
        given |= {"least": query.least, "greatest": query.greatest}
    return {name: msgspec.to_builtins(value) for name, value in given.items() if value is not None}


def _page(found: dict[str, Any], cursor: Cursor | None, asked: int, limit: int) -> dict[str, Any]:
    seen = set(cursor.ids) if cursor else set()
    items: list[dict[str, Any]] = []
    # A source that gave all it was asked for may have more, from its last moment on.
    horizons = []
    for kind, answer in found.items():
        source = SOURCES[kind]
        given = [
            {"kind": kind, "id": details[source.id], "at": details[source.at], "details": details}
            for details in answer[source.listed]
        ]
        if len(given) >= asked:
            horizons.append(min(moment_of(item) for item in given))
        items.extend(item for item in given if item["id"] not in seen)
    items.sort(key=moment_of, reverse=True)
    within = [item for item in items if all(moment_of(item) >= horizon for horizon in horizons)]
    page = within[:limit]
    following = None
    if page and (horizons or len(items) > len(page)):
        following = cursor_after(page, cursor)
    elif horizons and cursor:
        # More than MOST of one source share a moment: those that cannot be told apart are passed over.
        following = cursor_before(cursor)
    return {"items": page, "next": following}

"""GET /payments: the newest first, filtered by moment of creation and status, page by page."""

import operator
from collections.abc import Mapping
from datetime import datetime

from sandbox.yookassa_errors import invalid
from sandbox.yookassa_models import Payment

_FILTERS = {
    "created_at.gte": operator.ge,
    "created_at.gt": operator.gt,
    "created_at.lte": operator.le,
    "created_at.lt": operator.lt,
}
_DEFAULT_LIMIT, _LARGEST_LIMIT = 10, 100


def list_page(payments: list[Payment], query: Mapping[str, str]) -> tuple[list[Payment], str | None]:
    """One page of `payments` (given oldest first) and the cursor of the next page, if there is one.

    The cursor is the id of the first payment of the next page, so pages stay whole while payments are added.
    """
    chosen = payments[::-1]
    for name, holds in _FILTERS.items():
        if name in query:
            moment = _moment(query[name], name)
            chosen = [payment for payment in chosen if holds(_milliseconds(payment.created_at), moment)]
    if status := query.get("status"):
        chosen = [payment for payment in chosen if payment.status == status]
    start = 0
    if cursor := query.get("cursor"):
        ids = [payment.id for payment in chosen]
        if cursor not in ids:
            raise invalid("Unknown cursor", "cursor")
        start = ids.index(cursor)
    limit = _limit(query.get("limit", str(_DEFAULT_LIMIT)))
    following = chosen[start + limit : start + limit + 1]
    return chosen[start : start + limit], following[0].id if following else None


def _milliseconds(moment: datetime) -> datetime:
    # As callers know it: a created_at that was answered must be found with gte and lte alike.
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _moment(text: str, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid("A moment in ISO 8601 is expected", name) from None
    if moment.tzinfo is None:
        raise invalid("A moment with a time zone is expected", name)
    return moment


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _LARGEST_LIMIT:
        raise invalid(f"A number from 1 to {_LARGEST_LIMIT} is expected", "limit")
    return int(text)

"""Readings that wait to be confirmed (MT-4): their senders are reminded before they lapse, and told when they did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from authorisation.contexts import RequestContext, ServiceContext
from contracts.events.metering import ReadingLapsed, ReadingUnconfirmed
from services.metering.domain.jumps import CONFIRM_WITHIN, REMIND_BEFORE
from services.metering.store import unconfirmed

PAGE = 500


def remind(service: ServiceContext) -> None:
    """Of those that lapse soon, once each; and tell of those that lapsed. A page is a transaction."""
    more = True
    while more:
        with service.begin() as ctx:
            lapsed = unconfirmed.take_lapsed(ctx.tx, ctx.now - CONFIRM_WITHIN, PAGE)
            _tell(ctx, ReadingLapsed, lapsed)
            fading = unconfirmed.take_fading(ctx.tx, ctx.now - CONFIRM_WITHIN + REMIND_BEFORE, ctx.now, PAGE)
            _tell(ctx, ReadingUnconfirmed, fading)
        more = PAGE in (len(lapsed), len(fading))


def _tell(
    ctx: RequestContext, event: type[ReadingLapsed] | type[ReadingUnconfirmed], rows: Sequence[Any]
) -> None:
    for row in rows:
        ctx.tx.emit(
            event(
                reading=row["reading"],
                meter=row["meter"],
                account=row["account"],
                provider=row["provider"],
                serial=row["serial"],
                resource=row["resource"],
                period=row["period"],
                person=row["person"],
                until=row["sent_at"] + CONFIRM_WITHIN,
                at=ctx.now,
            )
        )

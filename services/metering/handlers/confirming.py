"""Readings that wait to be confirmed (MT-4): their senders are reminded before they lapse, and told when they did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis.house import Call, HouseTools
from contracts.events.metering import ReadingLapsed, ReadingUnconfirmed
from services.metering.domain.jumps import CONFIRM_WITHIN, REMIND_BEFORE
from services.metering.store import unconfirmed

PAGE = 500


def remind(house: HouseTools) -> None:
    """Of those that lapse soon, once each; and tell of those that lapsed. A page is a transaction."""
    more = True
    while more:
        with house.begin() as call:
            lapsed = unconfirmed.take_lapsed(call.tx, call.now - CONFIRM_WITHIN, PAGE)
            _tell(call, ReadingLapsed, lapsed)
            fading = unconfirmed.take_fading(
                call.tx, call.now - CONFIRM_WITHIN + REMIND_BEFORE, call.now, PAGE
            )
            _tell(call, ReadingUnconfirmed, fading)
        more = PAGE in (len(lapsed), len(fading))


def _tell(call: Call, event: type[ReadingLapsed] | type[ReadingUnconfirmed], rows: Sequence[Any]) -> None:
    for row in rows:
        call.tx.emit(
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
                at=call.now,
            )
        )

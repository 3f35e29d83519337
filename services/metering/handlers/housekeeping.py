"""What nobody will ask for any more."""

from __future__ import annotations

from datetime import timedelta

from chassis import attempts
from chassis.house import HouseTools
from services.metering.store import guests

# What strangers typed is kept as long as somebody may complain about it.
KEEP_GUESTS = timedelta(days=90)


def forget(house: HouseTools) -> None:
    """Delete it."""
    with house.begin() as call:
        guests.forget(call.tx, call.now - KEEP_GUESTS)
        attempts.forget(call.tx, call.now)

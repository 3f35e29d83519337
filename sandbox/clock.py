"""Moments, in the notation of each protocol."""

import os
from datetime import UTC, datetime, timedelta, timezone

from chassis.clock import FileClock, SystemClock

MOSCOW = timezone(timedelta(hours=3))

# A demo that moves the clock moves the outside world with it.
_clock = FileClock(os.environ["CLOCK_FILE"]) if os.environ.get("CLOCK_FILE") else SystemClock()


def now() -> datetime:
    """The moment, aware, in UTC."""
    return _clock.now()


def iso(moment: datetime) -> str:
    """2026-11-22T07:15:00.123Z, as YooKassa writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def dotted(moment: datetime) -> str:
    """22.11.2026 10:15:00 in Moscow's time, as ATOL Online and SMSC write it."""
    return moment.astimezone(MOSCOW).strftime("%d.%m.%Y %H:%M:%S")

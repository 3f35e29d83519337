"""Which moments a reading or an interval may be of (MT-2, MT-8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

#: A phone's or a head end's clock may run ahead of ours by this much.
CLOCK_SKEW: Final = timedelta(minutes=5)
#: What is told of before this is a fault of a clock.
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)

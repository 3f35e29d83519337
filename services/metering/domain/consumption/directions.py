"""Which way a channel of interval data counts (MT-14)."""

from __future__ import annotations

from typing import Final

from contracts.zones import EXPORT, EXPORT_DIRECTION, IMPORT_DIRECTION
from services.metering.domain.consumption.zones import Schedule, one_zone

# Load profiles (OBIS C.D.E): active energy from the grid, and into it.
CHANNELS: Final = {"1.29.0": IMPORT_DIRECTION, "2.29.0": EXPORT_DIRECTION}


def schedule_of(direction: str, schedule: Schedule) -> Schedule:
    """What is given to the grid has no zones of the day."""
    return one_zone(EXPORT) if direction == EXPORT_DIRECTION else schedule

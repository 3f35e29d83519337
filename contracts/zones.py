"""What a register counts: a zone of the day's use, or what a home gives to the grid (MT-14)."""

from __future__ import annotations

from typing import Final

#: The zone of a register that counts all day.
SINGLE: Final = "single"
#: The zone of registers that count energy given to the grid; its price is a credit.
EXPORT: Final = "export"
IMPORT_DIRECTION, EXPORT_DIRECTION = "import", "export"


def direction_of(zone: str) -> str:
    """``import`` or ``export``."""
    return EXPORT_DIRECTION if zone == EXPORT else IMPORT_DIRECTION

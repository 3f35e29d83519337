"""What was used in one bucket of time, and how much of it is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

SHARE = Decimal("0.001")
REGISTERS, INTERVALS = "registers", "intervals"


@dataclass
class Tally:
    """Amounts by zone in the meter's unit, the transformer ratio applied.

    ``known`` and ``estimated`` are minutes for which there is a value, and for which it is an estimate; ``bases`` is
    what the amounts were made of.
    """

    zones: dict[str, Decimal] = field(default_factory=dict)
    known: int = 0
    estimated: int = 0
    bases: set[str] = field(default_factory=set)

    @property
    def total(self) -> Decimal | None:
        """All zones together; None where nothing is known."""
        return sum(self.zones.values(), Decimal(0)) if self.zones else None

    def add(self, other: Tally) -> None:
        """Another meter's, or another stretch of time."""
        for zone, amount in other.zones.items():
            self.zones[zone] = self.zones.get(zone, Decimal(0)) + amount
        self.known += other.known
        self.estimated += other.estimated
        self.bases |= other.bases

    @property
    def estimated_share(self) -> Decimal | None:
        """The share of the known time, 0 to 1, whose values are estimates; None where nothing is known."""
        return share(self.estimated, self.known) if self.known else None


def share(part: int, whole: int) -> Decimal:
    """A share, 0 to 1, to a thousandth."""
    return min(Decimal(1), (Decimal(part) / whole).quantize(SHARE)) if whole else Decimal(0)

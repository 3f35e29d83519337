"""What is usual and what is possible for a channel: the thresholds of the rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Limits:
    """Amounts in thousandths of the unit. ``most_an_hour``: more cannot flow through the connection. A value above
    ``spike_floor_an_hour`` and ``spike_factor`` times the highest seen lately is a spike. The same value for
    ``stuck_hours`` (0: never) is a register that hangs, nothing for ``zero_days`` worth a look. A day's sum is unusual
    outside ``low_factor`` and ``high_factor`` of like days'. The sum of intervals may differ from the registers'
    difference by ``sum_floor`` and ``sum_share`` of it. A gap of up to ``short_minutes`` counts as interpolated."""

    most_an_hour: int
    spike_floor_an_hour: int
    spike_factor: float = 4.0
    stuck_hours: int = 12
    zero_days: int = 3
    high_factor: float = 4.0
    low_factor: float = 0.05
    sum_floor: int = 20
    sum_share: float = 0.01
    short_minutes: int = 120
    doubtful_flags: frozenset[str] = frozenset({"clock-adjusted", "test", "tamper"})
    outage_flags: frozenset[str] = frozenset({"power-loss"})

    def most(self, step: int) -> int:
        """The most that an interval of ``step`` minutes may hold."""
        return self.most_an_hour * step // 60

    def spike_from(self, step: int, peak: int | None) -> int | None:
        """Above this a value is a spike; None where too little is known to say."""
        if peak is None:
            return None
        return max(self.spike_floor_an_hour * step // 60, int(self.spike_factor * peak))

    def tolerance(self, counted: int, slack: int) -> int:
        """By how much a sum may differ from what the registers counted; ``slack`` is what their digits leave open."""
        return slack + self.sum_floor + int(self.sum_share * abs(counted))


ELECTRICITY: Final = Limits(most_an_hour=50_000, spike_floor_an_hour=4_000)
WATER: Final = Limits(
    most_an_hour=10_000, spike_floor_an_hour=600, stuck_hours=48, zero_days=14, low_factor=0.0
)
HEATING: Final = Limits(
    most_an_hour=1_000, spike_floor_an_hour=50, stuck_hours=48, zero_days=60, low_factor=0.0
)
#: By resource; another resource is taken for water, which is the widest.
LIMITS: Final = {
    "electricity": ELECTRICITY,
    "cold_water": WATER,
    "hot_water": WATER,
    "heating": HEATING,
}

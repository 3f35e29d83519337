"""Tariffs with dates of effect (BL-2). Prices include VAT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from contracts.errors import CabinetError
from contracts.periods import next_period, parse_period


@dataclass(frozen=True)
class TariffVersion:
    """What is in force from a day on."""

    valid_from: date
    vat: Decimal
    prices: dict[str, Decimal]
    heat_per_unit: Decimal | None = None
    norm_per_area: Decimal | None = None


@dataclass(frozen=True)
class Tariff:
    """A tariff; ``kind`` is ``zones``, ``two_part`` or ``heat``."""

    id: str
    resource: str
    kind: str
    unit: str
    versions: tuple[TariffVersion, ...]

    def on(self, day: date) -> TariffVersion:
        """The version in force. Raises ``tariff_missing``."""
        found = None
        for version in self.versions:
            if version.valid_from <= day:
                found = version
        if found is None:
            raise CabinetError("tariff_missing", tariff=self.id, day=day.isoformat())
        return found

    def shares(self, period: str) -> Sequence[tuple[TariffVersion, int, int]]:
        """Versions in force in the period: (version, days, days of the period). A change in mid-period splits it
        by days."""
        first, after = parse_period(period), parse_period(next_period(period))
        total = (after - first).days
        starts = [first] + [v.valid_from for v in self.versions if first < v.valid_from < after]
        ends = [*starts[1:], after]
        return [(self.on(start), (end - start).days, total) for start, end in zip(starts, ends, strict=True)]


def last_day(period: str) -> date:
    """The last day of the period."""
    return parse_period(next_period(period)) - timedelta(days=1)

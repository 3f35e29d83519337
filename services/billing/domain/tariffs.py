"""Tariffs with dates of effect (BL-2). Prices include VAT."""

from __future__ import annotations

from abc import ABC, abstractmethod
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
class Household:
    """What counts where no meter does; ``norm`` is a month's for a person, None where the resource has none."""

    people: int
    area: Decimal
    norm: Decimal | None


@dataclass(frozen=True)
class Norm:
    """What is charged where there is no meter at all, and the rule that says so."""

    zone: str
    used: Decimal
    rule: str


@dataclass(frozen=True)
class Priced:
    """A part of what was used that has a price of its own: ``price_of`` names it in the tariff's prices."""

    price_of: str
    component: str
    unit: str
    used: Decimal
    note: str = ""


@dataclass(frozen=True)
class Tariff(ABC):
    """A tariff. What its kinds do differently, their classes say (``tariff_kinds/``)."""

    id: str
    resource: str
    unit: str
    versions: tuple[TariffVersion, ...]

    @abstractmethod
    def priced(self, version: TariffVersion, zone: str, unit: str, used: Decimal) -> tuple[Priced, ...]:
        """What a zone counted, in the parts that have prices."""

    @abstractmethod
    def unmetered(self, period: str, home: Household) -> Norm | None:
        """What a home without a meter is charged for; None for nothing."""

    def norm(self, period: str, home: Household) -> tuple[Decimal, str]:
        """A month's norm for an estimate, and its rule: by people (decree 354, paragraph 60)."""
        norm = home.norm if home.norm is not None else Decimal(0)
        return norm * home.people, f"norm {norm} x {home.people} people, decree 354 p. 60"

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

"""Heating: by a meter, or by the area of the home."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from contracts.zones import SINGLE
from services.billing.domain.tariffs import Household, Norm, Priced, Tariff, TariffVersion, last_day


@dataclass(frozen=True)
class HeatTariff(Tariff):
    """Without a meter: area (m2) x norm (Gcal/m2) x price (decree 354)."""

    def priced(self, version: TariffVersion, zone: str, unit: str, used: Decimal) -> tuple[Priced, ...]:
        """At the price of its zone."""
        return (Priced(zone, self.resource, unit, used),)

    def unmetered(self, period: str, home: Household) -> Norm | None:
        """The norm by area in force at the end of the period; nothing without an area."""
        per_area = self.on(last_day(period)).norm_per_area
        if per_area is None or home.area <= 0:
            return None
        return Norm(SINGLE, home.area * per_area, f"{home.area} m2 x {per_area} Gcal/m2, decree 354")

    def norm(self, period: str, home: Household) -> tuple[Decimal, str]:
        """By area where the tariff has such a norm."""
        per_area = self.on(last_day(period)).norm_per_area
        if per_area is None:
            return super().norm(period, home)
        return home.area * per_area, f"{home.area} m2 x {per_area} Gcal/m2, decree 354 p. 60"

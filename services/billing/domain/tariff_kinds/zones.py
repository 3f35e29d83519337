"""A price for each zone of the day, or one for all of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from contracts.zones import EXPORT
from services.billing.domain.tariffs import Household, Norm, Priced, Tariff, TariffVersion


@dataclass(frozen=True)
class ZoneTariff(Tariff):
    """Electricity and cold water: what a zone counted, at the zone's price."""

    def priced(self, version: TariffVersion, zone: str, unit: str, used: Decimal) -> tuple[Priced, ...]:
        """At the price of its zone."""
        return (Priced(zone, self.resource, unit, used),)

    def unmetered(self, period: str, home: Household) -> Norm | None:
        """The norm by people, in the first zone that has a price."""
        if home.norm is None:
            return None
        zone = next(zone for zone in self.versions[0].prices if zone != EXPORT)
        return Norm(zone, home.norm * home.people, f"norm {home.norm} x {home.people} people, decree 354")

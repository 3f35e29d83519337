"""Hot water in two parts (decree 354): the water, and the heat in it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from contracts.zones import SINGLE
from services.billing.domain.tariffs import Household, Norm, Priced, Tariff, TariffVersion

WATER, HEAT, HEAT_UNIT = "water", "heat", "Gcal"


@dataclass(frozen=True)
class TwoPartTariff(Tariff):
    """A cubic metre is charged as water and as the heat that the norm puts into it."""

    def priced(self, version: TariffVersion, zone: str, unit: str, used: Decimal) -> tuple[Priced, ...]:
        """Two parts, each with a price."""
        heat = version.heat_per_unit
        assert heat is not None
        return (
            Priced(WATER, WATER, unit, used),
            Priced(HEAT, HEAT, HEAT_UNIT, used * heat, f" ({heat} Gcal/m3)"),
        )

    def unmetered(self, period: str, home: Household) -> Norm | None:
        """The norm by people."""
        if home.norm is None:
            return None
        return Norm(SINGLE, home.norm * home.people, f"norm {home.norm} x {home.people} people, decree 354")

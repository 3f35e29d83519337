"""The kinds of tariffs, a class each. Adding one is one file, one line here, and prices in a profile."""

from __future__ import annotations

from typing import Final

from services.billing.domain.tariff_kinds.heat import HeatTariff
from services.billing.domain.tariff_kinds.two_part import TwoPartTariff
from services.billing.domain.tariff_kinds.zones import ZoneTariff
from services.billing.domain.tariffs import Tariff

#: By the word that profiles have for it.
KINDS: Final[dict[str, type[Tariff]]] = {"zones": ZoneTariff, "two_part": TwoPartTariff, "heat": HeatTariff}

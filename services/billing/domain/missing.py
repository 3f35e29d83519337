"""No reading (BL-3; decree 354, p. 59-60): the own average for at most three periods, then the norm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from services.billing.domain.charges import AVERAGE, NORM, Quantity
from services.billing.domain.history import MILLI, Used, mean_month

MAX_ESTIMATES: Final = 3


def estimate(
    resource: str,
    unit: str,
    zones: Sequence[str],
    history: Mapping[str, Sequence[Used]],
    period: str,
    estimated_before: int,
    norm: Decimal,
    norm_rule: str,
) -> list[Quantity]:
    """Quantities of ``period`` in place of readings.

    ``history`` holds what each zone used by readings, newest first; ``estimated_before`` counts the periods in a row
    that were estimated already; ``norm`` is the account's for a month, for all zones together.
    """
    means = {zone: mean_month(history.get(zone, ()), period, estimated_before) for zone in zones}
    if estimated_before < MAX_ESTIMATES:
        known = {zone: mean for zone, mean in means.items() if mean is not None}
        if len(known) == len(zones):
            return [
                Quantity(
                    resource,
                    unit,
                    zone,
                    units,
                    source="estimate",
                    kind=AVERAGE,
                    rule=f"average of {months} months, decree 354 p. 59",
                )
                for zone, (units, months) in known.items()
            ]
    each = (norm / len(zones)).quantize(MILLI)
    return [
        Quantity(resource, unit, zone, each, source="estimate", kind=NORM, rule=norm_rule) for zone in zones
    ]

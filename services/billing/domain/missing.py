"""No reading (BL-3; decree 354, p. 59-60): the own average for at most three periods, then the norm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from services.billing.domain.charges import AVERAGE, NORM, Quantity

LEAST_HISTORY, MOST_HISTORY, MOST_ESTIMATES = 3, 6, 3
MILLI = Decimal("0.001")


def estimate(
    resource: str,
    unit: str,
    zones: Sequence[str],
    history: Mapping[str, Sequence[Decimal]],
    estimated_before: int,
    norm: Decimal,
    norm_rule: str,
) -> list[Quantity]:
    """Quantities in place of readings.

    ``history`` holds each zone's consumption by actual readings, newest period first; ``estimated_before`` counts
    the periods in a row that were estimated already; ``norm`` is the account's for a month, for all zones together.
    """
    enough = all(len(history.get(zone, ())) >= LEAST_HISTORY for zone in zones)
    if enough and estimated_before < MOST_ESTIMATES:
        return [
            Quantity(
                resource,
                unit,
                zone,
                (sum(history[zone][:MOST_HISTORY], Decimal(0)) / len(history[zone][:MOST_HISTORY])).quantize(
                    MILLI
                ),
                source="estimate",
                kind=AVERAGE,
                rule=f"average of {len(history[zone][:MOST_HISTORY])} periods, decree 354 p. 59",
            )
            for zone in zones
        ]
    each = (norm / len(zones)).quantize(MILLI)
    return [
        Quantity(
            resource,
            unit,
            zone,
            each,
            source="estimate",
            kind=NORM,
            rule=norm_rule,
        )
        for zone in zones
    ]

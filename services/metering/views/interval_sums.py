"""Interval data in place of a closing reading that did not come (MT-9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, tzinfo
from decimal import Decimal
from typing import Any

from chassis.transaction import Transaction
from contracts.periods import next_period, parse_period
from contracts.sources import AUTOMATED
from contracts.zones import EXPORT_DIRECTION
from services.metering.domain.intervals import MILLI
from services.metering.store import vee

CHANNEL = {True: "2.29.0", False: "1.29.0"}


def with_interval_sums(
    tx: Transaction, zone: tzinfo, period: str, rows: Sequence[Mapping[str, Any]]
) -> Sequence[Mapping[str, Any]]:
    """Rows of ``quantities``; where the closing reading of a meter's only register (of a direction) is missing, it is
    the opening one and the sum of intervals from there to the end of the period, if every one of them passed.
    ``estimated_intervals`` says how many of them were estimated (None: the row is of readings alone)."""
    found: list[dict[str, Any]] = [{**row, "estimated_intervals": None} for row in rows]
    count = Counter(_direction(row) for row in found)
    end = datetime.combine(parse_period(next_period(period)), time(), zone).astimezone(UTC)
    lacking = {
        _direction(row): row
        for row in found
        if row["closing"] is None
        and row["opening"] is not None
        and row["opening_at"] < end
        and count[_direction(row)] == 1
    }
    if not lacking:
        return found
    spans = [(meter, CHANNEL[export], row["opening_at"], end) for (meter, export), row in lacking.items()]
    sums = vee.sums(tx, spans)
    for (meter, export), row in lacking.items():
        total = sums.get((meter, CHANNEL[export]))
        if total is not None:
            closing = (row["opening"] + Decimal(total[0]) / MILLI) % Decimal(10) ** row["digits"]
            row |= {
                "closing": closing,
                "closing_at": end,
                "closing_source": AUTOMATED,
                "estimated_intervals": total[1],
            }
    return found


def _direction(row: Mapping[str, Any]) -> tuple[str, bool]:
    return row["meter"], row["direction"] == EXPORT_DIRECTION

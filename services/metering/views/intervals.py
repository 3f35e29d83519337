"""Interval data as it is stored."""

from __future__ import annotations

from datetime import date
from typing import Any

from chassis import access
from chassis.house import Call
from contracts.errors import CabinetError
from contracts.faults import fault
from services.metering.store import intervals, meters


def interval_days(call: Call, meter_id: str, first: date, last: date) -> dict[str, Any]:
    """Days of interval data of a meter (MT-7): amounts in thousandths of the unit, null for missing."""
    if not 0 <= (last - first).days <= 366:
        raise fault("last_day", "too_many_days", "At most 366 days after first_day.")
    meter = meters.meter(call.tx, meter_id)
    if meter is None:
        raise CabinetError("not_found")
    access.require(call.tx, call.subject, [meter["account"]], access.SEE)
    return {"unit": meter["unit"], "days": intervals.days(call.tx, meter_id, first, last)}

"""Interval data as it is stored."""

from __future__ import annotations

from datetime import date
from typing import Any

from authorisation import access
from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from contracts.faults import fault
from services.metering.store import intervals, meters


def interval_days(ctx: RequestContext, meter_id: str, first: date, last: date) -> dict[str, Any]:
    """Days of interval data of a meter (MT-7): amounts in thousandths of the unit, null for missing."""
    if not 0 <= (last - first).days <= 366:
        raise fault("last_day", "too_many_days", "At most 366 days after first_day.")
    meter = meters.meter(ctx.tx, meter_id)
    if meter is None:
        raise CabinetError("not_found")
    access.require(ctx.tx, ctx.subject, [meter["account"]], access.SEE)
    return {"unit": meter["unit"], "days": intervals.days(ctx.tx, meter_id, first, last)}

"""What staff see of checked interval data (MT-9)."""

from __future__ import annotations

from datetime import date
from typing import Any

from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from contracts.rpc import metering as rpc
from services.metering.store import findings as kept_findings
from services.metering.store import meters, register_checking
from services.metering.store import vee as store


def findings(ctx: RequestContext, request: rpc.FindingsRequest) -> dict[str, Any]:
    """What validation found and what stands, newest first; ``next`` is what to ask before for the following page."""
    meter, before = request.meter, request.cursor
    rows = kept_findings.listed(
        ctx.tx,
        request.provider,
        rule=request.rule,
        meter=str(meter) if meter else None,
        serial=request.serial,
        first=request.first_day,
        last=request.last_day,
        before=str(before) if before else None,
        limit=request.limit + 1,
    )
    page = rows[: request.limit]
    return {"findings": page, "next": page[-1]["finding"] if len(rows) > len(page) else None}


def register_findings(ctx: RequestContext, request: rpc.RegisterFindingsRequest) -> dict[str, Any]:
    """Register readings that did not pass, newest first: withheld ones, or those that were decided on."""
    before = request.cursor
    rows = register_checking.listed(
        ctx.tx,
        request.provider,
        decided=request.decided,
        serial=request.serial,
        before=str(before) if before else None,
        limit=request.limit + 1,
    )
    page = rows[: request.limit]
    return {"findings": page, "next": page[-1]["finding"] if len(rows) > len(page) else None}


def day(ctx: RequestContext, meter_id: str, channel: str, asked: date) -> dict[str, Any]:
    """A checked day: every version, the newest first, what was found in it, and who edited it, when and why."""
    meter = meters.meter(ctx.tx, meter_id)
    versions = store.history(ctx.tx, meter_id, channel, asked)
    if meter is None or not versions:
        raise CabinetError("not_found")
    return {
        "meter": meter_id,
        "account": meter["account"],
        "serial": meter["serial"],
        "unit": meter["unit"],
        "channel": channel,
        "day": asked,
        "versions": versions,
        "findings": kept_findings.of_day(ctx.tx, meter_id, channel, asked),
        "edits": store.edits_of(ctx.tx, meter_id, channel, asked),
    }

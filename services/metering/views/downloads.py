"""What a download of a meter holds (MT-12)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import date
from typing import Any

from authorisation import access
from authorisation.contexts import RequestContext
from chassis.offload import offload
from contracts.errors import CabinetError
from contracts.faults import fault
from contracts.rpc import metering as rpc
from services.metering.adapters import exports
from services.metering.configuration import MeteringTools
from services.metering.domain.consumption.download import MeterData, Reading, Use
from services.metering.domain.consumption.intervals import IntervalDay
from services.metering.domain.consumption.series import DAY, MONTH, Frame
from services.metering.domain.intervals import day_bounds
from services.metering.store import consumption as store
from services.metering.store import meters as meter_store
from services.metering.views.usage import Row, interval_days, usage

MAX_DAYS = 366


def download(ctx: RequestContext, tools: MeteringTools, request: rpc.DownloadRequest) -> dict[str, str]:
    """A meter's data as a file in base64, gzipped where ``encoding`` says so."""
    kind = request.format
    data = meter_data(ctx, tools, str(request.meter), request.first_day, request.last_day)
    content = offload(exports.render, kind, data, request.language)
    return {
        "name": exports.file_name(kind, data),
        "media": exports.FORMATS[kind].media,
        "encoding": "gzip" if exports.FORMATS[kind].gzipped else "",
        "content": base64.b64encode(content).decode(),
    }


def meter_data(ctx: RequestContext, tools: MeteringTools, meter: str, first: date, last: date) -> MeterData:
    """All of a meter between two local days, both included; at most 366."""
    if not 0 <= (last - first).days < MAX_DAYS:
        raise fault("last_day", "too_many_days", "At most 366 days from first_day.")
    row = meter_store.meter(ctx.tx, meter)
    if row is None:
        raise CabinetError("not_found")
    access.require(ctx.tx, ctx.subject, [row["account"]], access.SEE)
    core, profile = tools.core[row["provider"]], tools.profiles[row["provider"]]
    days = interval_days(ctx, [meter], first, last)
    since, until = day_bounds(first, core.zone)[0], day_bounds(last, core.zone)[1]
    return MeterData(
        meter=row["id"],
        serial=row["serial"],
        model=row["model"],
        provider_name=core.name,
        resource=row["resource"],
        unit=row["unit"],
        ratio=row["ratio"],
        zone=core.zone,
        first=first,
        last=last,
        made_at=ctx.now,
        schedule=profile.schedule(row["resource"], row["zones"]),
        zones=tuple(profile.registers.get(f"{row['resource']}-{row['zones']}", {}).values()),
        days=days.get(meter, []),
        readings=[Reading(**found) for found in store.readings(ctx.tx, meter, since, until)],
        monthly=_uses(ctx, tools, row, Frame(MONTH, first, last, core.zone)),
        daily=_uses(ctx, tools, row, Frame(DAY, first, last, core.zone), days),
    )


def _uses(
    ctx: RequestContext,
    tools: MeteringTools,
    row: Row,
    frame: Frame,
    days: Mapping[str, list[IntervalDay]] | None = None,
) -> list[Use]:
    """Months are those that lie wholly between the days: a part of a month would look like one of little use."""
    keys: list[Any] = frame.keys
    if frame.by == MONTH:
        whole = frame.whole()
        keys = keys[whole.first < frame.first : len(keys) - (whole.last > frame.last)]
    found = usage(ctx, tools, [row], frame, days)
    return [
        Use(
            key,
            series.direction,
            tally.total if (tally := series.buckets.get(key)) else None,
            tally.estimated_share if tally else None,
        )
        for series in found.values()
        for key in keys
    ]

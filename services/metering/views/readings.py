"""Readings: their history, and what they counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from authorisation import access
from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from contracts.rpc import metering as rpc
from contracts.wording import word
from services.metering.configuration import MeteringTools
from services.metering.domain.registers import MeterFace, used_between
from services.metering.domain.vee.marks import QUESTIONABLE
from services.metering.store import history as kept_history
from services.metering.store import meters, readings
from services.metering.views.interval_sums import with_interval_sums


def history(ctx: RequestContext, request: rpc.HistoryRequest) -> dict[str, Any]:
    """What was sent, and the readings of automated meters that months ended with, newest first (MT-6, GW-3)."""
    accounts = [str(account) for account in request.accounts or ()]
    if accounts:
        access.require(ctx.tx, ctx.subject, accounts, access.SEE)
    else:
        accounts = access.visible_accounts(ctx.tx, ctx.subject)
    if not accounts:
        return {"readings": []}
    rows = kept_history.history(
        ctx.tx,
        accounts,
        provider=request.provider,
        since=request.since,
        before=request.before,
        now=ctx.now,
        limit=request.limit,
    )
    return {
        "readings": [
            {**row, "source_name": word(ctx.context.language, "source", row["source"])} for row in rows
        ]
    }


def meter_readings(ctx: RequestContext, meter_id: str, before: datetime | None, limit: int) -> dict[str, Any]:
    """Every version of every reading of a meter, in place or replaced, newest first; ``counts`` is false for what was
    corrected (MT-6). ``next`` is the ``before`` of the next page."""
    meter = meters.meter(ctx.tx, meter_id)
    if meter is None:
        raise CabinetError("not_found")
    access.require(ctx.tx, ctx.subject, [meter["account"]], access.SEE)
    rows = readings.versions(ctx.tx, meter_id, before, limit)
    following = rows[-1]["at"] if len(rows) >= limit else None
    shown = [
        {
            **{name: value for name, value in row.items() if name != "superseded_at"},
            "source_name": word(ctx.context.language, "source", row["source"]),
            "counts": row["superseded_at"] is None,
            "withheld": row["superseded_at"] is not None and row["quality"] == QUESTIONABLE,
            "corrected_at": row["superseded_at"] if row["quality"] != QUESTIONABLE else None,
        }
        for row in rows
    ]
    return {"meter": meter_id, "unit": meter["unit"], "readings": shown, "next": following}


def quantities_of(
    ctx: RequestContext, tools: MeteringTools, request: rpc.QuantitiesRequest
) -> dict[str, Any]:
    """What billing asks for, in the supplier's time zone."""
    core = tools.core.get(request.provider)
    accounts = [str(account) for account in request.accounts]
    return quantities(ctx, request.provider, request.period, accounts, core.zone if core else None)


def quantities(
    ctx: RequestContext, provider: str, period: str, accounts: list[str], zone: tzinfo | None = None
) -> dict[str, Any]:
    """What each register of the accounts counted in a period, for billing. ``consumption`` is null without both
    readings, and where a register went back. With the supplier's ``zone``, intervals that passed stand in for a closing
    reading that did not come."""
    ctx.subject.require_service()
    counted: Sequence[readings.Row] = readings.quantities(ctx.tx, provider, period, accounts)
    if zone is not None:
        counted = with_interval_sums(ctx.tx, zone, period, counted)
    rows = []
    for row in counted:
        used = None
        if row["closing"] is not None and row["opening"] is not None:
            used = used_between(MeterFace(row["digits"], 0, row["ratio"]), row["opening"], row["closing"])
        rows.append({**row, "consumption": used})
    return {"quantities": rows}

"""Values that operators lay over checked interval days (MT-9)."""

from __future__ import annotations

from typing import Any

from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from contracts.faults import fault
from contracts.identifiers import new_id
from contracts.rpc import metering as rpc
from services.metering.configuration import MeteringTools
from services.metering.handlers.looking import Due, look
from services.metering.store import meters
from services.metering.store import vee as store


def edit(ctx: RequestContext, tools: MeteringTools, request: rpc.EditIntervalsRequest) -> dict[str, Any]:
    """Lay values over a day, or withdraw earlier ones. The day is checked anew with them, since estimates beside them
    and the comparison with registers follow; its old version, the edit, who made it and why are kept. The raw day is
    not touched.

    Raises ``not_found``, ``interval_day_changed``, ``validation_failed``.
    """
    meter = meters.meter(ctx.tx, str(request.meter))
    if meter is None:
        raise CabinetError("not_found")
    key = meter["id"], request.channel, request.day
    day = store.one_day(ctx.tx, *key)
    if day is None:
        raise CabinetError("not_found")
    if day["version"] != request.version:
        raise CabinetError("interval_day_changed", version=day["version"])
    values: dict[int, int | None] = request.values
    slots = len(day["amounts"])
    outside = sorted(slot for slot in values if slot >= slots)
    if outside:
        raise fault("values", "out_of_range", f"The day has {slots} intervals.")
    store.add_edit(
        ctx.tx,
        new_id(),
        key,
        values,
        reason=request.reason,
        person=ctx.subject.id,
        version=day["version"] + 1,
        at=ctx.now,
    )
    due = Due(
        *key, meter["provider"], meter["resource"], meter["decimals"], meter["digits"], day["step"], None, None
    )  # fmt: skip
    [found] = look(ctx.tx, tools, ctx.now, [due])
    after = store.one_day(ctx.tx, *key)
    assert after is not None
    return {
        "meter": meter["id"],
        "account": meter["account"],
        "channel": request.channel,
        "day": request.day,
        "version": after["version"],
        "passed": found.passed,
        "amounts": found.amounts,
        "marks": found.marks,
    }

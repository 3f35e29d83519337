"""Readings sent by people, one meter at a time (MT-2 to MT-4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from authorisation import access
from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from contracts.identifiers import new_id
from contracts.rpc import metering as rpc
from contracts.sources import CABINET, CONTROL
from services.metering.configuration import MeteringTools
from services.metering.domain.jumps import CONFIRM_WITHIN
from services.metering.domain.registers import Assessed
from services.metering.domain.windows import Assigned
from services.metering.handlers import accepting
from services.metering.handlers.accepting import Sent
from services.metering.store import meters, readings, unconfirmed


def submit(ctx: RequestContext, tools: MeteringTools, request: rpc.SubmitRequest) -> Any:
    """A customer's value for every register of a meter, or the code of the rule that failed.

    Inside the window a second submission corrects the first; both are kept. An unusual one is kept until it is
    confirmed, and told so by ``reading_jump`` with its id.
    """
    meter = _own_meter(ctx, str(request.meter))
    taken_at = request.taken_at or ctx.now
    accepting.check_moment(ctx, taken_at)
    assigned = accepting.assign(tools, meter, CABINET, taken_at, ctx.now)
    sent = Sent(meter, request.values, taken_at, assigned, CABINET, ctx.subject.id, request.confirmed)
    return _take(ctx, tools, sent, ctx.now)


def resubmit(ctx: RequestContext, tools: MeteringTools, meter_id: str) -> Any:
    """The last readings again, unchanged, for the month that readings count for now (MT-2)."""
    meter = _own_meter(ctx, meter_id)
    last = readings.latest(ctx.tx, [meter["id"]])
    codes = {row["code"] for row in meters.registers(ctx.tx, [meter["id"]])}
    if {row["register"] for row in last} != codes:
        raise CabinetError("no_last_readings")
    assigned = accepting.assign(tools, meter, CABINET, ctx.now, ctx.now)
    values = {row["register"]: row["value"] for row in last}
    sent = Sent(meter, values, ctx.now, assigned, CABINET, ctx.subject.id)
    # An automated meter gives more decimals than its face shows; what was taken once is taken as it is.
    sent = _with_decimals(sent)
    return _take(ctx, tools, sent, ctx.now)


def confirm(ctx: RequestContext, tools: MeteringTools, reading: str) -> dict[str, Any]:
    """A reading that was kept because it is unusual: it counts as of the day on which it was sent."""
    kept = unconfirmed.find(ctx.tx, reading, ctx.now - CONFIRM_WITHIN)
    if kept is None:
        raise CabinetError("not_found")
    meter = _own_meter(ctx, kept["meter"])
    # With the meter's row locked: it may have been taken, or replaced by another, in the meantime.
    if unconfirmed.find(ctx.tx, reading, ctx.now - CONFIRM_WITHIN) is None:
        raise CabinetError("not_found")
    sent = Sent(
        meter,
        {code: Decimal(value) for code, value in kept["values"].items()},
        kept["taken_at"],
        Assigned(kept["period"], kept["in_time"], False),
        kept["source"],
        ctx.subject.id,
        True,
    )
    answer: dict[str, Any] = _take(ctx, tools, sent, kept["sent_at"])
    return answer


def enter(ctx: RequestContext, tools: MeteringTools, request: rpc.EnterRequest) -> Any:
    """What a member of staff enters: from paper or the telephone, an inspector's reading, an estimate (MT-3, MT-10)."""
    meter = meters.meter(ctx.tx, str(request.meter), lock=True)
    if meter is None or meter["removed_on"] is not None:
        raise CabinetError("not_found")
    taken_at = request.taken_at or ctx.now
    accepting.check_moment(ctx, taken_at)
    source = request.source
    assigned = accepting.assign(tools, meter, source, taken_at, ctx.now, request.period)
    person = ctx.subject.id if ctx.subject.kind == "person" else None
    sent = Sent(meter, request.values, taken_at, assigned, source, person, request.confirmed)
    if source == CONTROL:
        accepting.override(ctx, meter, sent.values, taken_at)
    return _take(ctx, tools, sent, ctx.now)


def _own_meter(ctx: RequestContext, meter_id: str) -> Any:
    """A meter in place on an account that the person may send readings for, locked."""
    meter = meters.meter(ctx.tx, meter_id, lock=True)
    if meter is None or meter["removed_on"] is not None:
        raise CabinetError("not_found")
    access.require(ctx.tx, ctx.subject, [meter["account"]], access.READ)
    return meter


def _with_decimals(sent: Sent) -> Sent:
    decimals = max(-int(value.normalize().as_tuple().exponent) for value in sent.values.values())
    if decimals <= sent.meter["decimals"]:
        return sent
    return replace(sent, meter={**sent.meter, "decimals": decimals})


def _take(ctx: RequestContext, tools: MeteringTools, sent: Sent, sent_at: datetime) -> Any:
    [verdict] = accepting.judge(ctx, tools, [sent])
    if isinstance(verdict, CabinetError):
        raise verdict
    jumps = accepting.jumps_of(verdict)
    if jumps and not sent.confirmed:
        if sent.source != CABINET:
            # Staff see it at once, and a customer's own reading that waits must not be lost for it.
            raise CabinetError("reading_jump", registers=jumps)
        return _keep(ctx, sent, verdict, jumps, sent_at)
    [answer] = accepting.store(ctx, [(sent, verdict)])
    return answer


def _keep(
    ctx: RequestContext, sent: Sent, verdict: list[Assessed], jumps: list[str], sent_at: datetime
) -> Any:
    """Not lost: committed with the refusal."""
    reading = new_id()
    unconfirmed.keep(
        ctx.tx,
        reading,
        meter=sent.meter["id"],
        account=sent.meter["account"],
        period=sent.assigned.period,
        in_time=sent.assigned.in_time,
        source=sent.source,
        taken_at=sent.taken_at,
        sent_at=sent_at,
        person=sent.person,
        values=sent.values,
        jumps=jumps,
    )
    return ctx.refuse(
        "reading_jump",
        registers=jumps,
        unconfirmed=reading,
        consumption={item.register: str(item.consumption) for item in verdict if item.jump},
    )

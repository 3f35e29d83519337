"""Readings sent by people, one meter at a time (MT-2 to MT-4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from chassis import access
from chassis.house import Call
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


def submit(call: Call, tools: MeteringTools, request: rpc.SubmitRequest) -> Any:
    """A customer's value for every register of a meter, or the code of the rule that failed.

    Inside the window a second submission corrects the first; both are kept. An unusual one is kept until it is
    confirmed, and told so by ``reading_jump`` with its id.
    """
    meter = _own_meter(call, str(request.meter))
    taken_at = request.taken_at or call.now
    accepting.check_moment(call, taken_at)
    assigned = accepting.assign(tools, meter, CABINET, taken_at, call.now)
    sent = Sent(meter, request.values, taken_at, assigned, CABINET, call.subject.id, request.confirmed)
    return _take(call, tools, sent, call.now)


def resubmit(call: Call, tools: MeteringTools, meter_id: str) -> Any:
    """The last readings again, unchanged, for the month that readings count for now (MT-2)."""
    meter = _own_meter(call, meter_id)
    last = readings.latest(call.tx, [meter["id"]])
    codes = {row["code"] for row in meters.registers(call.tx, [meter["id"]])}
    if {row["register"] for row in last} != codes:
        raise CabinetError("no_last_readings")
    assigned = accepting.assign(tools, meter, CABINET, call.now, call.now)
    values = {row["register"]: row["value"] for row in last}
    sent = Sent(meter, values, call.now, assigned, CABINET, call.subject.id)
    # An automated meter gives more decimals than its face shows; what was taken once is taken as it is.
    sent = _with_decimals(sent)
    return _take(call, tools, sent, call.now)


def confirm(call: Call, tools: MeteringTools, reading: str) -> dict[str, Any]:
    """A reading that was kept because it is unusual: it counts as of the day on which it was sent."""
    kept = unconfirmed.find(call.tx, reading, call.now - CONFIRM_WITHIN)
    if kept is None:
        raise CabinetError("not_found")
    meter = _own_meter(call, kept["meter"])
    # With the meter's row locked: it may have been taken, or replaced by another, in the meantime.
    if unconfirmed.find(call.tx, reading, call.now - CONFIRM_WITHIN) is None:
        raise CabinetError("not_found")
    sent = Sent(
        meter,
        {code: Decimal(value) for code, value in kept["values"].items()},
        kept["taken_at"],
        Assigned(kept["period"], kept["in_time"], False),
        kept["source"],
        call.subject.id,
        True,
    )
    answer: dict[str, Any] = _take(call, tools, sent, kept["sent_at"])
    return answer


def enter(call: Call, tools: MeteringTools, request: rpc.EnterRequest) -> Any:
    """What a member of staff enters: from paper or the telephone, an inspector's reading, an estimate (MT-3, MT-10)."""
    meter = meters.meter(call.tx, str(request.meter), lock=True)
    if meter is None or meter["removed_on"] is not None:
        raise CabinetError("not_found")
    taken_at = request.taken_at or call.now
    accepting.check_moment(call, taken_at)
    source = request.source
    assigned = accepting.assign(tools, meter, source, taken_at, call.now, request.period)
    person = call.subject.id if call.subject.kind == "person" else None
    sent = Sent(meter, request.values, taken_at, assigned, source, person, request.confirmed)
    if source == CONTROL:
        accepting.override(call, meter, sent.values, taken_at)
    return _take(call, tools, sent, call.now)


def _own_meter(call: Call, meter_id: str) -> Any:
    """A meter in place on an account that the person may send readings for, locked."""
    meter = meters.meter(call.tx, meter_id, lock=True)
    if meter is None or meter["removed_on"] is not None:
        raise CabinetError("not_found")
    access.require(call.tx, call.subject, [meter["account"]], access.READ)
    return meter


def _with_decimals(sent: Sent) -> Sent:
    decimals = max(-int(value.normalize().as_tuple().exponent) for value in sent.values.values())
    if decimals <= sent.meter["decimals"]:
        return sent
    return replace(sent, meter={**sent.meter, "decimals": decimals})


def _take(call: Call, tools: MeteringTools, sent: Sent, sent_at: datetime) -> Any:
    [verdict] = accepting.judge(call, tools, [sent])
    if isinstance(verdict, CabinetError):
        raise verdict
    jumps = accepting.jumps_of(verdict)
    if jumps and not sent.confirmed:
        if sent.source != CABINET:
            # Staff see it at once, and a customer's own reading that waits must not be lost for it.
            raise CabinetError("reading_jump", registers=jumps)
        return _keep(call, sent, verdict, jumps, sent_at)
    [answer] = accepting.store(call, [(sent, verdict)])
    return answer


def _keep(call: Call, sent: Sent, verdict: list[Assessed], jumps: list[str], sent_at: datetime) -> Any:
    """Not lost: committed with the refusal."""
    reading = new_id()
    unconfirmed.keep(
        call.tx,
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
    return call.refuse(
        "reading_jump",
        registers=jumps,
        unconfirmed=reading,
        consumption={item.register: str(item.consumption) for item in verdict if item.jump},
    )

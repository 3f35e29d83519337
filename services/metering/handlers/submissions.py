"""Readings sent by people (MT-2 to MT-4)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from chassis import access
from chassis.clock import local_day
from chassis.house import Call
from contracts.errors import CabinetError
from contracts.events.metering import ReadingAccepted, RegisterValue
from contracts.identifiers import new_id
from contracts.sources import CABINET, SHORT_NAMES
from services.metering.configuration import MeteringTools
from services.metering.domain.registers import MeterFace, RegisterState, check_shape, consumption
from services.metering.store import meters, readings

# A phone's clock may run ahead of ours by this much.
CLOCK_SKEW = timedelta(minutes=5)


def submit(
    call: Call, tools: MeteringTools, request: dict[str, Any], source: str = CABINET
) -> dict[str, Any]:
    """Take a value for every register of a meter, or refuse with the code of the rule that failed.

    Inside the window a second submission corrects the first; both are kept.
    """
    meter = meters.meter(call.tx, str(request["meter"]), lock=True)
    if meter is None or meter["removed_on"] is not None:
        raise CabinetError("not_found")
    if source == CABINET:
        access.require(call.tx, call.subject, [meter["account"]], access.READ)
    zones = {row["code"]: row["zone"] for row in meters.registers(call.tx, [meter["id"]])}
    values: dict[str, Decimal] = request["values"]
    if set(values) != set(zones):
        raise CabinetError("registers_incomplete", registers=sorted(zones))
    profile = tools.profiles[meter["provider"]]
    taken_at = request["taken_at"] or call.now
    if taken_at > call.now + CLOCK_SKEW:
        raise CabinetError("reading_in_future")
    period, in_time = profile.window.assign(local_day(call.now, tools.core[meter["provider"]].zone))
    face = MeterFace(meter["digits"], meter["decimals"], meter["ratio"])
    before = readings.last_before(call.tx, meter["id"], period)
    averages = readings.averages(call.tx, meter["id"], period)
    found: list[RegisterValue] = []
    jumps: list[str] = []
    for register in sorted(values):
        value = values[register]
        check_shape(face, register, value)
        previous = before[register]["value"] if register in before else None
        average = averages[register] * face.ratio if register in averages else None
        state = RegisterState(register, zones[register], previous, average)
        used = consumption(face, state, value, profile.jump)
        if used is not None and profile.jump.unusual(used, state.average) and state.average is not None:
            jumps.append(register)
        found.append(
            RegisterValue(
                register=register, zone=zones[register], value=value, previous=previous, consumption=used
            )
        )
    if jumps and not request["confirmed"]:
        raise CabinetError("reading_jump", registers=jumps)
    return _store(call, meter, found, period, in_time, taken_at, source)


def _store(
    call: Call, meter: Any, found: list[RegisterValue], period: str, in_time: bool, taken_at: Any, source: str
) -> dict[str, Any]:
    submission = new_id()
    person = call.subject.id if call.subject.kind == "person" else None
    corrected = readings.supersede_period(call.tx, meter["id"], period, call.now)
    readings.add_submission(
        call.tx,
        submission,
        meter=meter["id"],
        account=meter["account"],
        period=period,
        taken_at=taken_at,
        source=source,
        in_time=in_time,
        person=person,
        at=call.now,
    )
    readings.add_submitted(
        call.tx,
        [
            readings.NewReading(meter["id"], item.register, taken_at, item.value, period, source, submission)
            for item in found
        ],
        call.now,
    )
    event = ReadingAccepted(
        reading=submission,
        account=meter["account"],
        provider=meter["provider"],
        meter=meter["id"],
        serial=meter["serial"],
        resource=meter["resource"],
        unit=meter["unit"],
        period=period,
        taken_at=taken_at,
        origin=source,
        in_time=in_time,
        values=found,
        person=person,
    )
    call.tx.emit(event)
    return {
        "reading": submission,
        "account": meter["account"],
        "meter": meter["id"],
        "serial": meter["serial"],
        "resource": meter["resource"],
        "unit": meter["unit"],
        "period": period,
        "in_time": in_time,
        "taken_at": taken_at,
        "source": source,
        "source_name": SHORT_NAMES[source],
        "corrects_earlier": corrected > 0,
        "values": found,
    }

"""Meters come into place, alone or instead of another one (MT-1). A page of them costs as many statements as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from authorisation.contexts import RequestContext
from chassis.clock import local_day
from contracts.errors import CabinetError
from contracts.identifiers import account_id, new_id
from contracts.periods import period_of, previous_period
from contracts.sources import CONTROL, OPENING
from services.metering.configuration import MeteringTools
from services.metering.domain.meter_file import MeterLine
from services.metering.domain.registers import check_shape, used_between
from services.metering.handlers.accepting import face_of, moment_of
from services.metering.store import meters, readings


@dataclass(frozen=True)
class Replaced:
    """The meter that goes, the zones of its registers, and what was read last, by register."""

    meter: Any
    codes: dict[str, str]
    last: dict[str, Any]


def find_replaced(
    ctx: RequestContext, tools: MeteringTools, provider: str, lines: Sequence[MeterLine]
) -> dict[str, Replaced]:
    """By serial: the meters in place that the lines replace, locked."""
    found = meters.lock_in_place(ctx.tx, provider, [line.replaces for line in lines if line.replaces])
    if not found:
        return {}
    ids = [row["id"] for row in found.values()]
    codes: dict[str, dict[str, str]] = {}
    for row in meters.registers(ctx.tx, ids):
        codes.setdefault(row["meter"], {})[row["code"]] = row["zone"]
    last: dict[str, dict[str, Any]] = {}
    for row in readings.latest(ctx.tx, ids):
        last.setdefault(row["meter"], {})[row["register"]] = row
    return {
        serial: Replaced(row, codes.get(row["id"], {}), last.get(row["id"], {}))
        for serial, row in found.items()
    }


def check_replacement(
    ctx: RequestContext, tools: MeteringTools, provider: str, line: MeterLine, old: Replaced | None
) -> None:
    """Raise ``not_found``, ``replacement_date``, ``registers_incomplete``, or the code of a reading's rule."""
    if old is None or old.meter["resource"] != line.resource:
        raise CabinetError("not_found")
    if old.meter["account"] != account_id(provider, line.account_number):
        raise CabinetError("not_found")
    zone = tools.core[provider].zone
    if not old.meter["installed_on"] <= line.installed_on <= local_day(ctx.now, zone):
        raise CabinetError("replacement_date")
    if set(line.closing) != set(old.codes):
        raise CabinetError("registers_incomplete", registers=sorted(old.codes))
    face = face_of(old.meter)
    for code, value in line.closing.items():
        check_shape(face, code, value)
        last = old.last.get(code)
        if last is None:
            continue
        if local_day(last["at"] - timedelta(seconds=1), zone) > line.installed_on:
            raise CabinetError("replacement_date")
        if used_between(face, last["value"], value) is None:
            raise CabinetError(
                "reading_below_last", register=code, zone=old.codes[code], last=str(last["value"])
            )


def install(
    ctx: RequestContext,
    tools: MeteringTools,
    provider: str,
    lines: Sequence[MeterLine],
    replaced: dict[str, Replaced],
) -> list[str]:
    """Put the meters in place, with their registers and opening readings; the ids of those that were new."""
    profile, zone = tools.profiles[provider], tools.core[provider].zone
    _take_out(ctx, tools, provider, lines, replaced)
    rows: list[dict[str, Any]] = [
        {
            "id": new_id(),
            "provider": provider,
            "account": account_id(provider, line.account_number),
            "account_number": line.account_number,
            "serial": line.serial,
            "resource": line.resource,
            "model": line.model,
            "unit": profile.units[line.resource],
            "zones": line.zones,
            "digits": line.digits,
            "decimals": line.decimals,
            "ratio": line.ratio,
            "automated": line.automated,
            "installed_on": line.installed_on,
            "verified_on": line.verified_on,
            "next_verification_on": line.next_verification_on,
            "replaces": replaced[line.replaces].meter["id"] if line.replaces else None,
        }
        for line in lines
    ]
    added = set(meters.add_meters(ctx.tx, rows))
    fresh = [(row["id"], line) for row, line in zip(rows, lines, strict=True) if row["id"] in added]
    meters.add_registers(
        ctx.tx, [(meter, code, name) for meter, line in fresh for code, name in line.registers.items()]
    )
    # It ends the month before: what is used in the month of the installation counts from it.
    opening = [
        _reading(meter, code, moment_of(line.installed_on, zone), value, _before(line), OPENING)
        for meter, line in fresh
        for code, value in line.opening.items()
    ]
    readings.add(ctx.tx, opening, ctx.now)
    return [meter for meter, _ in fresh]


def _take_out(
    ctx: RequestContext,
    tools: MeteringTools,
    provider: str,
    lines: Sequence[MeterLine],
    replaced: dict[str, Replaced],
) -> None:
    """Meters go, with a last reading of the month in which they go: both histories stay."""
    going = [(replaced[line.replaces], line) for line in lines if line.replaces]
    if not going:
        return
    zone = tools.core[provider].zone
    closing = []
    for old, line in going:
        at = moment_of(line.installed_on, zone)
        if old.last:
            at = max(at, *(row["at"] + timedelta(seconds=1) for row in old.last.values()))
        for code, value in line.closing.items():
            closing.append(_reading(old.meter["id"], code, at, value, period_of(line.installed_on), CONTROL))
    readings.add(ctx.tx, closing, ctx.now)
    # What was sent ahead for a later month can be nothing any more: the last reading is of this one.
    readings.withdraw_after(
        ctx.tx, [(old.meter["id"], period_of(line.installed_on)) for old, line in going], ctx.now
    )
    meters.remove(ctx.tx, [(old.meter["id"], line.installed_on) for old, line in going])


def _before(line: MeterLine) -> str:
    return previous_period(period_of(line.installed_on))


def _reading(meter: str, code: str, at: Any, value: Decimal, period: str, source: str) -> readings.NewReading:
    return readings.NewReading(meter, code, at, value, period, source, None)

"""What staff do to a meter (MT-1, MT-11): put another one in its place, note a verification, remind of the next."""

from __future__ import annotations

from typing import Any

from authorisation.contexts import RequestContext, ServiceContext
from chassis.clock import local_day
from contracts.errors import CabinetError
from contracts.events.metering import VerificationDue
from contracts.rpc import metering as rpc
from services.metering.configuration import MeteringTools
from services.metering.domain.meter_file import MeterLine
from services.metering.domain.registers import check_shape
from services.metering.handlers import accepting, installing
from services.metering.store import meters

# The reminders, in days before the verification is due; the smallest first, so that one meter hears of it once a day.
DAYS_AHEAD = (7, 30)
PAGE = 2_000


def replace_meter(
    ctx: RequestContext, tools: MeteringTools, request: rpc.ReplaceMeterRequest
) -> dict[str, Any]:
    """Another meter in the place of one: closing readings of the old, opening readings of the new, the day."""
    old = meters.meter(ctx.tx, str(request.meter), lock=True)
    if old is None or old["removed_on"] is not None:
        raise CabinetError("not_found")
    provider: str = old["provider"]
    zones = request.zones or old["zones"]
    export = any(row["direction"] == "export" for row in meters.registers(ctx.tx, [old["id"]]))
    if request.export is not None:
        export = request.export
    codes = tools.profiles[provider].registers_of(old["resource"], zones, export=export)
    if not codes:
        raise CabinetError("resource_unknown")
    line = _line(old, request, zones, codes)
    if set(line.opening) != set(codes):
        raise CabinetError("registers_incomplete", registers=sorted(codes))
    face = accepting.face_of({"digits": line.digits, "decimals": line.decimals, "ratio": line.ratio})
    for code, value in line.opening.items():
        check_shape(face, code, value)
    known = meters.with_serials(ctx.tx, provider, [line.serial]).get(line.serial, [])
    if any(not row["removed"] for row in known):
        raise CabinetError("serial_taken")
    replaced = installing.find_replaced(ctx, tools, provider, [line])
    installing.check_replacement(ctx, tools, provider, line, replaced.get(line.replaces))
    [added] = installing.install(ctx, tools, provider, [line], replaced)
    return {"meter": added, "replaces": old["id"], "installed_on": line.installed_on, "serial": line.serial}


def _line(old: Any, request: rpc.ReplaceMeterRequest, zones: int, codes: dict[str, str]) -> MeterLine:
    """What is not said stays as it was."""

    def given(name: str) -> Any:
        value = getattr(request, name)
        return old[name] if value is None else value

    return MeterLine(
        0,
        old["account_number"],
        request.serial,
        old["resource"],
        zones,
        given("digits"),
        given("decimals"),
        given("ratio"),
        given("automated"),
        request.replaced_on,
        request.next_verification_on,
        request.model,
        request.opening,
        request.verified_on,
        codes,
        old["serial"],
        request.closing,
    )


def note_verification(
    ctx: RequestContext, tools: MeteringTools, request: rpc.VerificationRequest
) -> dict[str, Any]:
    """A meter was verified: its passport's dates, and no more reminders of the old one."""
    meter = meters.meter(ctx.tx, str(request.meter), lock=True)
    if meter is None or meter["removed_on"] is not None:
        raise CabinetError("not_found")
    verified_on, next_on = request.verified_on, request.next_verification_on
    if verified_on >= next_on or verified_on > local_day(ctx.now, tools.core[meter["provider"]].zone):
        raise CabinetError("verification_dates")
    meters.set_verification(ctx.tx, meter["id"], verified_on, next_on)
    return {"meter": meter["id"], "verified_on": verified_on, "next_verification_on": next_on}


def remind_of_verifications(service: ServiceContext, tools: MeteringTools) -> None:
    """Announce every verification that is due within 30 and within 7 days, each once. A page is a transaction."""
    for provider in tools.profiles:
        for ahead in DAYS_AHEAD:
            while _remind_page(service, tools, provider, ahead) == PAGE:
                pass


def _remind_page(service: ServiceContext, tools: MeteringTools, provider: str, ahead: int) -> int:
    with service.begin() as ctx:
        today = local_day(ctx.now, tools.core[provider].zone)
        told = meters.notice_verifications(ctx.tx, provider, today, ahead, PAGE, ctx.now)
        for row in told:
            ctx.tx.emit(
                VerificationDue(
                    meter=row["meter"],
                    account=row["account"],
                    provider=provider,
                    serial=row["serial"],
                    resource=row["resource"],
                    due_on=row["due_on"],
                    days_left=(row["due_on"] - today).days,
                )
            )
    return len(told)

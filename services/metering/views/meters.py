"""Meters with their last readings and open windows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from authorisation import access
from authorisation.contexts import RequestContext
from chassis.clock import local_day
from contracts.errors import CabinetError
from contracts.identifiers import account_id
from contracts.wording import word
from services.metering.configuration import MeteringTools
from services.metering.domain.jumps import CONFIRM_WITHIN
from services.metering.domain.windows import CLOSED
from services.metering.store import meters, readings, unconfirmed


def check_meter_proof(ctx: RequestContext, provider: str, number: str, serial: str) -> dict[str, Any]:
    """Does a meter of the account carry the serial? (ID-6) Services ask; people could guess at it without limits."""
    ctx.subject.require_service()
    return {"matches": meters.matches_proof(ctx.tx, account_id(provider, number), serial)}


def overview(ctx: RequestContext, tools: MeteringTools) -> dict[str, Any]:
    """Meters of all the person's accounts with last readings and open windows (GW-2)."""
    return _meters(ctx, tools, access.visible_accounts(ctx.tx, ctx.subject))


def account_meters(ctx: RequestContext, tools: MeteringTools, account: str) -> dict[str, Any]:
    """The same for one account, with the meters' passports (MT-11)."""
    access.require(ctx.tx, ctx.subject, [account], access.SEE)
    return _meters(ctx, tools, [account])


def passport(ctx: RequestContext, tools: MeteringTools, meter_id: str) -> dict[str, Any]:
    """A meter with its dates, in place or replaced, and what stood in its place before and after it (MT-1, MT-11)."""
    row = meters.meter(ctx.tx, meter_id)
    if row is None:
        raise CabinetError("not_found")
    access.require(ctx.tx, ctx.subject, [row["account"]], access.SEE)
    chain = [
        {
            "meter": one["id"],
            "serial": one["serial"],
            "installed_on": one["installed_on"],
            "removed_on": one["removed_on"],
            "replaces": one["replaces"],
            "replaced_by": one["replaced_by"],
        }
        for one in meters.history(ctx.tx, row["account"])
        if one["resource"] == row["resource"]
    ]
    return {
        **_described(ctx, tools, [row])[0],
        "ratio": row["ratio"],
        "removed_on": row["removed_on"],
        "history": chain,
    }


def _meters(ctx: RequestContext, tools: MeteringTools, accounts: list[str]) -> dict[str, Any]:
    found = meters.of_accounts(ctx.tx, accounts) if accounts else []
    return {"meters": _described(ctx, tools, found)}


def _described(ctx: RequestContext, tools: MeteringTools, found: Sequence[Any]) -> list[dict[str, Any]]:
    ids = [row["id"] for row in found]
    latest: dict[str, list[dict[str, Any]]] = {}
    for row in readings.latest(ctx.tx, ids) if ids else []:
        latest.setdefault(row["meter"], []).append(
            {
                "register": row["register"],
                "zone": row["zone"],
                "value": row["value"],
                "at": row["at"],
                "period": row["period"],
                "source": row["source"],
                "source_name": word(ctx.context.language, "source", row["source"]),
            }
        )
    codes: dict[str, list[dict[str, str]]] = {}
    for row in meters.registers(ctx.tx, ids) if ids else []:
        code = {"register": row["code"], "zone": row["zone"], "direction": row["direction"]}
        codes.setdefault(row["meter"], []).append(code)
    waiting = unconfirmed.of_meters(ctx.tx, ids, ctx.now - CONFIRM_WITHIN) if ids else {}
    return [
        {
            "meter": row["id"],
            "account": row["account"],
            "provider": row["provider"],
            "serial": row["serial"],
            "resource": row["resource"],
            "unit": row["unit"],
            "model": row["model"],
            "digits": row["digits"],
            "decimals": row["decimals"],
            "automated": row["automated"],
            "installed_on": row["installed_on"],
            "verified_on": row["verified_on"],
            "next_verification_on": row["next_verification_on"],
            "registers": codes.get(row["id"], []),
            "last_readings": latest.get(row["id"], []),
            "unconfirmed": _unconfirmed(waiting.get(row["id"])),
            "window": window_shown(tools, row["provider"], ctx.now),
        }
        for row in found
    ]


def _unconfirmed(row: Any) -> dict[str, Any] | None:
    """A reading that was sent, and counts once it is confirmed (MT-4)."""
    if row is None:
        return None
    return {
        "reading": row["reading"],
        "period": row["period"],
        "sent_at": row["sent_at"],
        "values": row["values"],
        "registers": row["jumps"],
        "until": row["sent_at"] + CONFIRM_WITHIN,
    }


def window_shown(tools: MeteringTools, provider: str, now: datetime) -> dict[str, Any]:
    """``open``: today is a day of the window; else it opens next on ``opens_on``. ``counts_for`` is null on a closed
    day; ``kept``: what is sent today waits for the window."""
    window = tools.profiles[provider].days
    today = local_day(now, tools.core[provider].zone)
    opening, span = window.opening(today), window.span(today)
    assigned = None if span.taken == CLOSED else window.assign(today)
    return {
        "open": window.open_on(today),
        "opens_on": opening.first,
        "closes_on": opening.last,
        "counts_for": assigned.period if assigned else None,
        "in_time": assigned is not None and assigned.in_time,
        "kept": assigned is not None and assigned.kept,
    }

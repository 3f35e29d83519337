"""Metering's questions."""

from __future__ import annotations

from datetime import date
from typing import Any

from chassis import access
from chassis.clock import local_day
from chassis.house import Call
from contracts.errors import CabinetError
from contracts.identifiers import account_id
from contracts.sources import SHORT_NAMES
from services.metering.configuration import MeteringTools
from services.metering.domain.registers import MeterFace, used_between
from services.metering.store import intervals, meters, readings


def check_meter_proof(call: Call, provider: str, number: str, serial: str) -> dict[str, Any]:
    """Does a meter of the account carry the serial? (ID-6)"""
    return {"matches": meters.matches_proof(call.tx, account_id(provider, number), serial)}


def overview(call: Call, tools: MeteringTools) -> dict[str, Any]:
    """Meters of all the person's accounts with last readings and open windows (GW-2)."""
    return _meters(call, tools, access.visible_accounts(call.tx, call.subject))


def account_meters(call: Call, tools: MeteringTools, account: str) -> dict[str, Any]:
    """The same for one account, with the meters' passports (MT-11)."""
    access.require(call.tx, call.subject, [account], access.SEE)
    return _meters(call, tools, [account])


def _meters(call: Call, tools: MeteringTools, accounts: list[str]) -> dict[str, Any]:
    found = meters.of_accounts(call.tx, accounts) if accounts else []
    ids = [row["id"] for row in found]
    latest: dict[str, list[dict[str, Any]]] = {}
    for row in readings.latest(call.tx, ids) if ids else []:
        latest.setdefault(row["meter"], []).append(
            {
                "register": row["register"],
                "zone": row["zone"],
                "value": row["value"],
                "at": row["at"],
                "period": row["period"],
                "source": row["source"],
                "source_name": SHORT_NAMES[row["source"]],
            }
        )
    codes: dict[str, list[dict[str, str]]] = {}
    for row in meters.registers(call.tx, ids) if ids else []:
        codes.setdefault(row["meter"], []).append({"register": row["code"], "zone": row["zone"]})
    return {
        "meters": [
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
                "next_verification_on": row["next_verification_on"],
                "registers": codes.get(row["id"], []),
                "last_readings": latest.get(row["id"], []),
                "window": _window(call, tools, row["provider"]),
            }
            for row in found
        ]
    }


def _window(call: Call, tools: MeteringTools, provider: str) -> dict[str, Any]:
    window = tools.profiles[provider].window
    today = local_day(call.now, tools.core[provider].zone)
    period, in_time = (None, False)
    if window.outside != "closed" or window.open_on(today):
        period, in_time = window.assign(today)
    return {
        "open": window.open_on(today),
        "first_day": window.first,
        "last_day": window.last,
        "counts_for": period,
        "in_time": in_time,
    }


def history(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """Submissions, newest first (MT-6, GW-3)."""
    accounts = [str(account) for account in request["accounts"] or ()]
    if accounts:
        access.require(call.tx, call.subject, accounts, access.SEE)
    else:
        accounts = access.visible_accounts(call.tx, call.subject)
    if not accounts:
        return {"readings": []}
    rows = readings.history(call.tx, accounts, request["before"], request["limit"])
    return {"readings": [{**row, "source_name": SHORT_NAMES[row["source"]]} for row in rows]}


def quantities(call: Call, provider: str, period: str, accounts: list[str]) -> dict[str, Any]:
    """What each register of the accounts counted in a period, for billing. ``consumption`` is null without both
    readings, and where a register went back."""
    if call.subject.kind != "service":
        raise CabinetError("forbidden")
    rows = []
    for row in readings.quantities(call.tx, provider, period, accounts):
        used = None
        if row["closing"] is not None and row["opening"] is not None:
            used = used_between(MeterFace(row["digits"], 0, row["ratio"]), row["opening"], row["closing"])
        rows.append({**row, "consumption": used})
    return {"quantities": rows}


def interval_days(call: Call, meter_id: str, first: date, last: date) -> dict[str, Any]:
    """Days of interval data of a meter (MT-7): amounts in thousandths of the unit, null for missing."""
    if not 0 <= (last - first).days <= 366:
        raise CabinetError("validation_failed", errors={"last_day": ["at most 366 days after first_day"]})
    meter = meters.meter(call.tx, meter_id)
    if meter is None:
        raise CabinetError("not_found")
    access.require(call.tx, call.subject, [meter["account"]], access.SEE)
    return {"unit": meter["unit"], "days": intervals.days(call.tx, meter_id, first, last)}

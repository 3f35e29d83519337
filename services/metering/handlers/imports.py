"""The register of meters from the supplier (MT-1, MT-10): dry run first, good lines in, bad ones listed."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from chassis.house import Call
from contracts.errors import CabinetError
from contracts.identifiers import account_id, new_id
from contracts.periods import period_of, previous_period
from contracts.sources import OPENING
from services.metering.configuration import MeteringTools
from services.metering.domain.meter_register import read_register
from services.metering.store import meters, readings


def import_meters(call: Call, tools: MeteringTools, request: dict[str, Any]) -> dict[str, Any]:
    """Report of the register: how many are good, new, and what is wrong with the others."""
    provider = request["provider"]
    profile = tools.profiles.get(provider)
    if profile is None:
        raise CabinetError("unknown_provider")
    good, bad = read_register(request["csv"], profile.registers)
    report: dict[str, Any] = {
        "lines": len(good) + len(bad),
        "good": len(good),
        "bad": [{"line": item.line, "code": item.code, "column": item.column} for item in bad],
        "dry_run": request["dry_run"],
        "added": 0,
    }
    if request["dry_run"] or not good:
        return report
    rows = [
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
            "next_verification_on": line.next_verification_on,
        }
        for line in good
    ]
    added = set(meters.add_meters(call.tx, rows))
    fresh = [(row, line) for row, line in zip(rows, good, strict=True) if row["id"] in added]
    meters.add_registers(
        call.tx,
        [
            (row["id"], code, zone)
            for row, line in fresh
            for code, zone in profile.registers[f"{line.resource}-{line.zones}"].items()
        ],
    )
    zone = tools.core[provider].zone
    readings.add(
        call.tx,
        [
            readings.NewReading(
                row["id"],
                code,
                datetime.combine(line.installed_on, time(), zone).astimezone(UTC),
                value,
                # It ends the month before: what is used in the month of the installation counts from it.
                previous_period(period_of(line.installed_on)),
                OPENING,
                None,
            )
            for row, line in fresh
            for code, value in line.opening.items()
        ],
        call.now,
    )
    report["added"] = len(added)
    return report

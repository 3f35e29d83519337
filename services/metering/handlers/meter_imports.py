"""The file of meters from the supplier (MT-1, MT-10): dry run first, good lines in, bad ones listed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from authorisation.contexts import RequestContext
from chassis.offload import offload
from contracts.errors import CabinetError
from contracts.identifiers import account_id
from contracts.import_files import BadLine, text_sent
from contracts.rpc import metering as rpc
from services.metering.configuration import MeteringTools
from services.metering.domain.meter_file import MeterLine, read_file
from services.metering.handlers import installing
from services.metering.handlers.installing import Replaced
from services.metering.store import meters

# The column that an error of a replacement is about.
COLUMN_OF = {"not_found": "replaces", "replacement_date": "installed_on"}
CODE_OF = {"not_found": "replaced_unknown"}


def import_meters(
    ctx: RequestContext, tools: MeteringTools, request: rpc.ImportMetersRequest
) -> dict[str, Any]:
    """Report of the file: how many are good, new, and what is wrong with the others."""
    provider = request.provider
    profile = tools.profiles.get(provider)
    if profile is None:
        raise CabinetError("unknown_provider")
    good, bad = offload(
        read_file,
        text_sent(request.csv, request.file),
        lambda resource, zones, export: profile.registers_of(resource, zones, export=export),
    )
    replaced = installing.find_replaced(ctx, tools, provider, good)
    good, fresh, refused = _sort(ctx, tools, provider, good, replaced)
    bad = sorted([*bad, *refused], key=lambda item: item.line)
    report: dict[str, Any] = {
        "lines": len(good) + len(bad),
        "good": len(good),
        "bad": [{"line": item.line, "code": item.code, "column": item.column} for item in bad],
        "dry_run": request.dry_run,
        "added": 0,
    }
    if not request.dry_run and fresh:
        report["added"] = len(installing.install(ctx, tools, provider, fresh, replaced))
    return report


def _sort(
    ctx: RequestContext,
    tools: MeteringTools,
    provider: str,
    lines: Sequence[MeterLine],
    replaced: dict[str, Replaced],
) -> tuple[list[MeterLine], list[MeterLine], list[BadLine]]:
    """(good, those of them that are not there yet, bad)."""
    good, fresh, bad = [], [], []
    there = meters.with_serials(ctx.tx, provider, [line.serial for line in lines])
    taken: set[str] = set()
    for line in lines:
        account = account_id(provider, line.account_number)
        known = there.get(line.serial, [])
        # The same file again: the meter is in place, or was and has been replaced since.
        if any(
            row["account"] == account and (not row["removed"] or row["installed_on"] == line.installed_on)
            for row in known
        ):
            good.append(line)
        elif any(not row["removed"] for row in known):
            bad.append(BadLine(line.line, "serial_taken", "serial"))
        elif line.replaces in taken:
            bad.append(BadLine(line.line, "replaces_repeated", "replaces"))
        elif (fault := _fault(ctx, tools, provider, line, replaced)) is not None:
            bad.append(fault)
        else:
            taken |= {line.replaces} - {""}
            good.append(line)
            fresh.append(line)
    return good, fresh, bad


def _fault(
    ctx: RequestContext, tools: MeteringTools, provider: str, line: MeterLine, replaced: dict[str, Replaced]
) -> BadLine | None:
    if not line.replaces:
        return None
    try:
        installing.check_replacement(ctx, tools, provider, line, replaced.get(line.replaces))
    except CabinetError as error:
        return BadLine(line.line, CODE_OF.get(error.code, error.code), COLUMN_OF.get(error.code, "closing"))
    return None

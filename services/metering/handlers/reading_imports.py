"""A file of readings from an operator (MT-10): judged line by line, taken in a handful of statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from authorisation.contexts import RequestContext
from chassis.clock import local_day
from chassis.offload import offload
from contracts.errors import CabinetError
from contracts.identifiers import account_id
from contracts.import_files import BadLine, text_sent
from contracts.rpc import metering as rpc
from contracts.sources import OPERATOR
from services.metering.configuration import MeteringTools
from services.metering.domain.reading_file import ONLY, ReadingLine, read_readings
from services.metering.domain.registers import Assessed
from services.metering.handlers import accepting
from services.metering.handlers.accepting import Sent
from services.metering.store import meters, readings

# So many lines are judged and stored at a time: enough for the database, little enough for the memory.
PAGE = 5_000
# The column that a rule's error is about; of all others it is the values'.
COLUMN_OF = {"reading_in_future": "read_on", "newer_reading_there": "read_on", "meter_unknown": "serial"}


@dataclass
class _Sorted:
    """Lines of a page: bad ones, ones that were taken before, ones to take."""

    bad: list[BadLine] = field(default_factory=list)
    unchanged: int = 0
    taken: list[tuple[Sent, list[Assessed]]] = field(default_factory=list)

    def refuse(self, line: ReadingLine, code: str) -> None:
        """A bad line."""
        self.bad.append(BadLine(line.line, code, COLUMN_OF.get(code, "values")))


def import_readings(
    ctx: RequestContext, tools: MeteringTools, request: rpc.ImportReadingsRequest
) -> dict[str, Any]:
    """Report of the file. A line that was taken before counts as ``unchanged``, so the same file may come again.

    A line counts for the month of its day, or all of them for the ``period`` of the request.
    """
    if request.provider not in tools.profiles:
        raise CabinetError("unknown_provider")
    good, bad = offload(read_readings, text_sent(request.csv, request.file))
    lines = len(good) + len(bad)
    added = unchanged = 0
    for begin in range(0, len(good), PAGE):
        page = _sort(ctx, tools, request, good[begin : begin + PAGE])
        bad += page.bad
        unchanged += page.unchanged
        added += len(page.taken)
        if not request.dry_run:
            accepting.store(ctx, page.taken)
    return {
        "lines": lines,
        "good": lines - len(bad),
        "bad": [
            {"line": item.line, "code": item.code, "column": item.column}
            for item in sorted(bad, key=lambda item: item.line)
        ],
        "dry_run": request.dry_run,
        "added": 0 if request.dry_run else added,
        "unchanged": unchanged,
    }


def _sort(
    ctx: RequestContext,
    tools: MeteringTools,
    request: rpc.ImportReadingsRequest,
    lines: Sequence[ReadingLine],
) -> _Sorted:
    found = _Sorted()
    provider: str = request.provider
    there = meters.lock_in_place(ctx.tx, provider, [line.serial for line in lines])
    codes: dict[str, list[str]] = {}
    for row in meters.registers(ctx.tx, [row["id"] for row in there.values()]):
        codes.setdefault(row["meter"], []).append(row["code"])
    wanted: list[tuple[ReadingLine, Sent]] = []
    for line in lines:
        meter = there.get(line.serial)
        if meter is None or meter["account"] != account_id(provider, line.account_number):
            found.refuse(line, "meter_unknown")
            continue
        try:
            wanted.append((line, _sent(ctx, tools, request, line, meter, codes[meter["id"]])))
        except CabinetError as error:
            found.refuse(line, error.code)
    judged = _without_known(ctx, tools, provider, wanted, found)
    for (line, sent), verdict in zip(
        judged, accepting.judge(ctx, tools, [sent for _, sent in judged]), strict=True
    ):
        if isinstance(verdict, CabinetError):
            found.refuse(line, verdict.code)
        elif accepting.jumps_of(verdict) and not line.confirmed:
            found.refuse(line, "reading_jump")
        else:
            found.taken.append((sent, verdict))
    return found


def _sent(
    ctx: RequestContext,
    tools: MeteringTools,
    request: rpc.ImportReadingsRequest,
    line: ReadingLine,
    meter: Any,
    codes: list[str],
) -> Sent:
    zone = tools.core[meter["provider"]].zone
    if line.read_on > local_day(ctx.now, zone):
        raise CabinetError("reading_in_future")
    # Nobody knows the hour: noon, or now if it is not noon yet.
    taken_at = min(accepting.moment_of(line.read_on, zone) + timedelta(hours=12), ctx.now)
    values = line.values
    if ONLY in values and len(codes) == 1:
        values = {codes[0]: values[ONLY]}
    assigned = accepting.assign(tools, meter, OPERATOR, taken_at, ctx.now, request.period)
    person = ctx.subject.id if ctx.subject.kind == "person" else None
    return Sent(meter, values, taken_at, assigned, OPERATOR, person, line.confirmed)


def _without_known(
    ctx: RequestContext,
    tools: MeteringTools,
    provider: str,
    wanted: Sequence[tuple[ReadingLine, Sent]],
    found: _Sorted,
) -> list[tuple[ReadingLine, Sent]]:
    """Those that say something new: neither what was taken before nor what a later day's reading has replaced."""
    zone = tools.core[provider].zone
    known: dict[str, dict[str, Decimal]] = {}
    days: dict[str, Any] = {}
    for row in readings.submitted(ctx.tx, [sent.key for _, sent in wanted]):
        known.setdefault(row["meter"], {})[row["register"]] = row["value"]
        day = local_day(row["at"], zone)
        days[row["meter"]] = max(days.get(row["meter"], day), day)
    rest = []
    for line, sent in wanted:
        meter = sent.meter["id"]
        if meter in days and days[meter] > line.read_on:
            found.refuse(line, "newer_reading_there")
        elif meter in days and days[meter] == line.read_on and known[meter] == sent.values:
            found.unchanged += 1
        else:
            rest.append((line, sent))
    return rest

"""What was used, bucket by bucket (MT-7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from authorisation import access
from authorisation.contexts import RequestContext
from contracts.errors import CabinetError
from contracts.faults import fault
from contracts.periods import period_of
from contracts.rpc import metering as rpc
from contracts.zones import IMPORT_DIRECTION
from services.metering.configuration import MeteringTools
from services.metering.domain.consumption.series import (
    MAX_DAYS,
    MONTH,
    Frame,
    Series,
    missing_share,
)
from services.metering.domain.intervals import day_bounds
from services.metering.domain.thousandths import THOUSANDTH
from services.metering.store import consumption as store
from services.metering.store import meters as meter_store
from services.metering.store import similar
from services.metering.views.usage import Row, usage

LAST_YEAR, SIMILAR = "last_year", "similar"


def consumption(ctx: RequestContext, tools: MeteringTools, request: rpc.ConsumptionRequest) -> dict[str, Any]:
    """What the meters of an account, or one meter, used from ``first_day`` to ``last_day`` by month, day or hour."""
    _check_range(request.by, request.first_day, request.last_day)
    if request.compare == SIMILAR and (request.by != MONTH or request.account is None):
        raise fault("compare", "not_comparable", "Similar homes are compared by account and month.")
    found = _meters(ctx, request)
    if not found:
        return {"by": request.by, "time_zone": None, "first_day": request.first_day,
                "last_day": request.last_day, "series": []}  # fmt: skip
    core = tools.core[found[0]["provider"]]
    frame = Frame(request.by, request.first_day, request.last_day, core.zone).whole()
    series, before = _both_years(ctx, tools, found, frame, request.compare == LAST_YEAR)
    others = _similar(ctx, found, frame) if request.compare == SIMILAR else None
    return {
        "by": frame.by,
        "time_zone": core.time_zone,
        "first_day": frame.first,
        "last_day": frame.last,
        "series": [
            _series(one, frame, _lives(ctx.now, one, found, frame), before, others, request.compare)
            for one in series.values()
        ],
    }


def _both_years(
    ctx: RequestContext, tools: MeteringTools, found: list[Row], frame: Frame, compare: bool
) -> tuple[dict[tuple[str, str, str], Series], dict[tuple[str, str, str], Series] | None]:
    """The series of the frame, and those of the year before."""
    if not compare:
        return usage(ctx, tools, found, frame), None
    if frame.by == MONTH:
        # Months are few: both years are read at once.
        both = usage(ctx, tools, found, Frame(MONTH, frame.year_before().first, frame.last, frame.zone))
        return both, both
    return usage(ctx, tools, found, frame), usage(ctx, tools, found, frame.year_before())


def _check_range(by: str, first: date, last: date) -> None:
    if first > last:
        raise fault("last_day", "before_first_day", "Before first_day.")
    if (last - first).days >= MAX_DAYS[by]:
        raise fault("last_day", "too_many_days", f"By {by}: at most {MAX_DAYS[by]} days at once.")


def _meters(ctx: RequestContext, request: rpc.ConsumptionRequest) -> list[Row]:
    if request.account is not None:
        account = str(request.account)
        access.require(ctx.tx, ctx.subject, [account], access.SEE)
        return store.meters_of_account(ctx.tx, account)
    row = meter_store.meter(ctx.tx, str(request.meter))
    if row is None:
        raise CabinetError("not_found")
    access.require(ctx.tx, ctx.subject, [row["account"]], access.SEE)
    return [row]


def _lives(now: datetime, series: Series, found: list[Row], frame: Frame) -> list[tuple[datetime, datetime]]:
    """From when to when each meter of the series was in place, at the latest until now."""
    lives = []
    for row in found:
        if row["id"] in series.meters:
            end = day_bounds(row["removed_on"], frame.zone)[0] if row["removed_on"] else now
            lives.append((day_bounds(row["installed_on"], frame.zone)[0], min(end, now.astimezone(UTC))))
    return lives


def _series(
    one: Series,
    frame: Frame,
    lives: list[tuple[datetime, datetime]],
    before: Mapping[tuple[str, str, str], Series] | None,
    others: dict[tuple[str, str, str, str], dict[str, Any]] | None,
    compare: str | None,
) -> dict[str, Any]:
    keys = frame.keys
    whole = one.total(keys)
    earlier = before.get((one.resource, one.unit, one.direction)) if before is not None else None
    answer: dict[str, Any] = {
        "resource": one.resource,
        "unit": one.unit,
        "direction": one.direction,
        "meters": one.meters,
        "total": _plain(whole.total),
        "zones": _plain_zones(whole.zones),
        "estimated": whole.estimated_share,
        "buckets": [],
        "last_year": None,
    }
    both = [Decimal(0), Decimal(0)]
    compared = 0
    for key in keys:
        tally = one.buckets.get(key)
        bucket = {
            "start": frame.label(key),
            "total": _plain(tally.total) if tally else None,
            "zones": _plain_zones(tally.zones) if tally else {},
            "estimated": tally.estimated_share if tally else None,
            "missing": missing_share(tally, frame.bounds(key), lives),
            "basis": sorted(tally.bases) if tally else [],
        }
        if compare == LAST_YEAR:
            then = earlier.buckets.get(frame.key_year_before(key)) if earlier else None
            bucket["last_year"] = _plain(then.total) if then else None
            if bucket["total"] is not None and bucket["last_year"] is not None:
                both[0] += bucket["total"]
                both[1] += bucket["last_year"]
                compared += 1
        if others is not None:
            bucket["similar"] = others.get((one.resource, one.unit, one.direction, key))
        answer["buckets"].append(bucket)
    if compared:
        # Only the buckets that are known in both years: a year with a hole is not less than one without.
        answer["last_year"] = {"total": _plain(both[0]), "before": _plain(both[1]), "buckets": compared}
    return answer


def _plain(amount: Decimal | None) -> Decimal | None:
    """Thousandths of the unit, always three: zero has one form, too."""
    return None if amount is None else amount.quantize(THOUSANDTH)


def _plain_zones(zones: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {zone: amount.quantize(THOUSANDTH) for zone, amount in zones.items()}


def _similar(
    ctx: RequestContext, found: list[Row], frame: Frame
) -> dict[tuple[str, str, str, str], dict[str, Any]]:
    """By (resource, unit, direction, month): quartiles of homes like this one."""
    classes: dict[tuple[str, str], tuple[int, bool]] = {}
    for row in found:
        key = (row["resource"], row["unit"])
        zones, transformed = classes.get(key, (0, False))
        classes[key] = (max(zones, row["zones"]), transformed or row["ratio"] != 1)
    rows = similar.of_classes(
        ctx.tx,
        found[0]["provider"],
        [(resource, unit, zones, transformed) for (resource, unit), (zones, transformed) in classes.items()],
        period_of(frame.first),
        period_of(frame.last),
    )
    return {
        (row["resource"], row["unit"], IMPORT_DIRECTION, row["period"]): {
            "homes": row["homes"], "lower": row["lower"], "median": row["median"], "upper": row["upper"],
        }
        for row in rows
    }  # fmt: skip

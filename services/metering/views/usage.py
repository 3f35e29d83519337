"""What meters used, read and added up: the ground of every view of consumption."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from authorisation.contexts import RequestContext
from chassis.clock import local_day
from contracts.periods import next_period, parse_period
from contracts.zones import EXPORT_DIRECTION, IMPORT_DIRECTION, direction_of
from services.metering.configuration import MeteringTools
from services.metering.domain.consumption import intervals, registers
from services.metering.domain.consumption.directions import CHANNELS, schedule_of
from services.metering.domain.consumption.intervals import IntervalDay
from services.metering.domain.consumption.registers import MAX_DAYS, MAX_MONTHS, MonthReading
from services.metering.domain.consumption.series import (
    DAY,
    HOUR,
    MONTH,
    Frame,
    Series,
    best_of_day,
    best_of_month,
    measured_by_zone,
)
from services.metering.domain.consumption.tally import Tally
from services.metering.domain.consumption.zones import Schedule
from services.metering.domain.intervals import day_bounds
from services.metering.domain.registers import MeterFace
from services.metering.store import consumption as store
from services.metering.store import meters as meter_store

Row = Mapping[str, Any]


def usage(
    ctx: RequestContext,
    tools: MeteringTools,
    found: list[Row],
    frame: Frame,
    days: Mapping[str, list[IntervalDay]] | None = None,
) -> dict[tuple[str, str, str], Series]:
    """By (resource, unit, direction): the meters of one supplier added up. A meter that sent nothing is in it, too.
    ``days`` are the meters' interval days, if they were read already."""
    profile = tools.profiles[found[0]["provider"]]
    zones = _zones_of(ctx, [row["id"] for row in found])
    read = _read_registers(ctx, found, frame)
    if days is None:
        # By month, what registers say without intervals tells which of those are wanted.
        alone = _by_registers(found, frame, zones, read, {}) if frame.by == MONTH else {}
        days = _days_wanted(ctx, found, frame, alone, zones)
    schedules = {
        (row["id"], direction): schedule_of(direction, profile.schedule(row["resource"], row["zones"]))
        for row in found
        for direction in (IMPORT_DIRECTION, EXPORT_DIRECTION)
    }
    by_intervals = {
        (row["id"], direction): _by_intervals(
            [day for day in days.get(row["id"], ()) if CHANNELS.get(day.channel) == direction],
            frame,
            schedules[row["id"], direction],
            row["ratio"],
        )
        for row in found
        for direction in (IMPORT_DIRECTION, EXPORT_DIRECTION)
    }
    by_registers = _by_registers(found, frame, zones, read, by_intervals)
    series: dict[tuple[str, str, str], Series] = {}
    for row in found:
        for direction in (IMPORT_DIRECTION, EXPORT_DIRECTION):
            measured = by_intervals[row["id"], direction]
            counted: Mapping[Any, Tally] = by_registers.get((row["id"], direction), {})
            if direction == EXPORT_DIRECTION and not measured and not counted:
                continue
            merged: Mapping[Any, Tally] = measured
            if frame.by == MONTH:
                merged = best_of_month(counted, measured)
            elif frame.by == DAY:
                merged = best_of_day(counted, measured)
            key = (row["resource"], row["unit"], direction)
            wanted = {bucket: tally for bucket, tally in merged.items() if _within(frame, bucket)}
            series.setdefault(key, Series(*key)).add(row["id"], wanted)
    return series


def _by_intervals(
    days: list[IntervalDay], frame: Frame, schedule: Schedule, ratio: Decimal
) -> dict[Any, Tally]:
    by: dict[str, Callable[..., dict[Any, Tally]]] = {
        MONTH: intervals.by_month,
        DAY: intervals.by_day,
        HOUR: intervals.by_hour,
    }
    return by[frame.by](days, schedule, frame.zone, ratio)


def interval_days(
    ctx: RequestContext, ids: list[str], first: date, last: date
) -> dict[str, list[IntervalDay]]:
    """By meter: its days in order, checked where they were."""
    found: dict[str, list[IntervalDay]] = {}
    for row in store.interval_days(ctx.tx, ids, first, last):
        day = IntervalDay(
            row["channel"], row["day"], row["starts_at"], row["step"], row["amounts"], row["marks"]
        )
        found.setdefault(row["meter"], []).append(day)
    return found


def _days_wanted(
    ctx: RequestContext,
    found: list[Row],
    frame: Frame,
    by_registers: Mapping[tuple[str, str], Mapping[Any, Tally]],
    zones: Mapping[str, list[str]],
) -> dict[str, list[IntervalDay]]:
    """Interval days; by month only of the time that registers leave open, else a year's page would read all of it."""
    first, last = frame.first, frame.last
    ids = [row["id"] for row in found]
    if frame.by == MONTH:
        exporting = {
            row["meter"]
            for row in store.channels(ctx.tx, ids)
            if CHANNELS.get(row["channel"]) == EXPORT_DIRECTION
        }
        months: set[str] = set()
        today = local_day(ctx.now, frame.zone)
        for row in found:
            kinds = {direction_of(zone) for zone in zones.get(row["id"], ())} | {IMPORT_DIRECTION}
            if row["id"] in exporting:
                kinds.add(EXPORT_DIRECTION)
            begin, end = max(first, row["installed_on"]), min(last, row["removed_on"] or today)
            if begin <= end:
                for kind in kinds:
                    known = by_registers.get((row["id"], kind), {})
                    months.update(
                        month
                        for month in registers.months_between(begin, end)
                        # Part of a difference over several months is a guess, too.
                        if month not in known or known[month].estimated
                    )
        if not months:
            return {}
        first, last = parse_period(min(months)), parse_period(next_period(max(months))) - timedelta(days=1)
    return interval_days(ctx, ids, first, last)


def _read_registers(
    ctx: RequestContext, found: list[Row], frame: Frame
) -> dict[tuple[str, str, str], list[Any]]:
    """Readings by (meter, register, zone) that bound the buckets."""
    ids = [row["id"] for row in found]
    if frame.by == HOUR:
        return {}
    return _month_readings(ctx, ids, frame) if frame.by == MONTH else _midnight_readings(ctx, ids, frame)


def _by_registers(
    found: list[Row],
    frame: Frame,
    zones: Mapping[str, list[str]],
    read: Mapping[tuple[str, str, str], list[Any]],
    by_intervals: Mapping[tuple[str, str], Mapping[Any, Tally]],
) -> dict[tuple[str, str], dict[Any, Tally]]:
    """By (meter, direction): what registers counted, their differences spread around what intervals measured."""
    faces = {row["id"]: MeterFace(row["digits"], row["decimals"], row["ratio"]) for row in found}
    measured = {
        key: measured_by_zone(
            frame, tallies, {zone for zone in zones.get(key[0], ()) if direction_of(zone) == key[1]}
        )
        for key, tallies in by_intervals.items()
    }
    parts: dict[tuple[str, str], list[dict[Any, Tally]]] = {}
    for (meter, _, zone), rows in read.items():
        known = measured.get((meter, direction_of(zone)), {}).get(zone, {})
        if frame.by == MONTH:
            tallies: dict[Any, Tally] = registers.by_month(faces[meter], rows, zone, known)
        else:
            tallies = registers.by_day(faces[meter], rows, zone, known)
        parts.setdefault((meter, direction_of(zone)), []).append(tallies)
    for meter, names in zones.items():
        for direction in (IMPORT_DIRECTION, EXPORT_DIRECTION):
            # A register without any reading: the others alone are no total.
            expected = sum(direction_of(zone) == direction for zone in names)
            if 0 < len(parts.get((meter, direction), ())) < expected:
                del parts[(meter, direction)]
    return {key: registers.together(registers_of) for key, registers_of in parts.items()}


def _zones_of(ctx: RequestContext, ids: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in meter_store.registers(ctx.tx, ids):
        found.setdefault(row["meter"], []).append(row["zone"])
    return found


def _month_readings(
    ctx: RequestContext, ids: list[str], frame: Frame
) -> dict[tuple[str, str, str], list[Any]]:
    # Readings some months before and after bound what was used in the first and the last ones.
    first, last = frame.first.replace(day=1), frame.last.replace(day=1)
    for _ in range(MAX_MONTHS):
        first = (first - timedelta(days=1)).replace(day=1)
        last = (last + timedelta(days=31)).replace(day=1)
    grouped: dict[tuple[str, str, str], list[Any]] = {}
    for row in store.month_readings(ctx.tx, ids, first, last):
        key = (row["meter"], row["register"], row["zone"])
        grouped.setdefault(key, []).append(MonthReading(row["period"], row["value"], row["source"]))
    return grouped


def _midnight_readings(
    ctx: RequestContext, ids: list[str], frame: Frame
) -> dict[tuple[str, str, str], list[Any]]:
    around = timedelta(days=MAX_DAYS)
    since, until = (
        day_bounds(frame.first - around, frame.zone)[0],
        day_bounds(frame.last + around, frame.zone)[1],
    )
    grouped: dict[tuple[str, str, str], list[Any]] = {}
    for row in store.midnight_readings(ctx.tx, ids, since, until, str(frame.zone)):
        grouped.setdefault((row["meter"], row["register"], row["zone"]), []).append(
            (row["day"], row["value"])
        )
    return grouped


def _within(frame: Frame, bucket: Any) -> bool:
    if frame.by == MONTH:
        return bool(f"{frame.first:%Y-%m}" <= bucket <= f"{frame.last:%Y-%m}")
    return frame.by == HOUR or bool(frame.first <= bucket <= frame.last)

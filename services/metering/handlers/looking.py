"""The closer look at interval days: beside their neighbours, like days and registers (MT-9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Any, Final

from prometheus_client import Counter

from chassis.transaction import Transaction
from contracts.identifiers import new_id
from services.metering.configuration import MeteringTools
from services.metering.domain.alerts import MEASURED
from services.metering.domain.obis import EXPORT_CHANNEL
from services.metering.domain.registers import MeterFace, used_between
from services.metering.domain.vee import marks
from services.metering.domain.vee.pipeline import LOOK_BACK, Checked, Work, check, summary, usual_of
from services.metering.domain.vee.scaling import Bracket
from services.metering.domain.vee.series import Amount, Day, Series, empty_day
from services.metering.store import findings
from services.metering.store import vee as store
from services.metering.store.vee import CheckedDay

FOUND = Counter("interval_findings_total", "What validation found", ["rule"])
ESTIMATED = Counter("interval_values_estimated_total", "Interval values estimated", ["how"])

NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
HOW: Final = {marks.INTERPOLATED: "interpolated", marks.LIKE_DAY: "like_day"}


@dataclass(frozen=True)
class Due:
    """A day to be looked at; ``step`` is the day's, ``usual_step`` and ``peak`` what the channel was like."""

    meter: str
    channel: str
    day: date
    provider: str
    resource: str
    decimals: int
    digits: int
    step: int
    usual_step: int | None
    peak: int | None


def look(tx: Transaction, tools: MeteringTools, now: datetime, due: Sequence[Due]) -> list[CheckedDay]:
    """Check the days and write what came of them: new versions, what was found. Returns the days as they stand."""
    if not due:
        return []
    groups = [
        list(group)
        for _, group in groupby(
            sorted(due, key=lambda item: (item.meter, item.channel, item.step, item.day)),
            key=lambda item: (item.meter, item.channel, item.step),
        )
    ]
    spans = [
        (
            group[0].meter,
            group[0].channel,
            group[0].day - timedelta(days=LOOK_BACK),
            group[-1].day + timedelta(days=1),
        )
        for group in groups
    ]
    rows: dict[tuple[str, str], list[Any]] = {}
    for row in store.around(tx, _once(spans)):
        rows.setdefault((row["meter"], row["channel"]), []).append(row)
    readings = _readings(tx, tools, groups)
    edits = store.edits(tx, [(item.meter, item.channel, item.day) for item in due])
    changed: list[CheckedDay] = []
    same: list[CheckedDay] = []
    found: list[dict[str, Any]] = []
    for group in groups:
        first = group[0]
        own = {row["day"]: row for row in rows.get((first.meter, first.channel), ())}
        counted = readings.get((first.meter, first.channel == EXPORT_CHANNEL), [])
        for day, checked in _Bench(tools, group, own, counted, edits).results():
            stands = own.get(checked.day)
            if stands is not None and _says_the_same(stands, checked):
                same.append(day)
                continue
            changed.append(day)
            found += _findings(first, checked, now)
    store.write_checked(tx, changed, now)
    store.still_good(tx, same)
    findings.replace(tx, [day.key for day in changed], found, now)
    for row in found:
        FOUND.labels(row["rule"]).inc()
    for day in changed:
        for mark, how in HOW.items():
            ESTIMATED.labels(how).inc(day.marks.count(mark))
    return changed + same


def _once(spans: Iterable[tuple[str, str, date, date]]) -> list[tuple[str, str, date, date]]:
    """One span a channel: days of two steps are asked for together."""
    widest: dict[tuple[str, str], tuple[date, date]] = {}
    for meter, channel, first, last in spans:
        known = widest.get((meter, channel), (first, last))
        widest[meter, channel] = min(known[0], first), max(known[1], last)
    return [(*key, *span) for key, span in widest.items()]


def _readings(tx: Transaction, tools: MeteringTools, groups: Sequence[Sequence[Due]]) -> dict[Any, list[Any]]:
    """By meter and direction: (moment, sum of registers, how many) in order."""
    margin = timedelta(days=2)
    spans: dict[str, tuple[datetime, datetime]] = {}
    for group in groups:
        zone = tools.core[group[0].provider].zone
        first = datetime.combine(group[0].day, datetime.min.time(), zone) - timedelta(days=LOOK_BACK) - margin
        last = datetime.combine(group[-1].day, datetime.min.time(), zone) + margin
        known = spans.get(group[0].meter, (first, last))
        spans[group[0].meter] = min(known[0], first), max(known[1], last)
    found: dict[Any, list[Any]] = {}
    for row in store.readings_around(tx, [(meter, *span) for meter, span in spans.items()]):
        found.setdefault((row["meter"], row["export"]), []).append(row)
    return found


class _Bench:
    """A channel's open days of one step, laid beside the days around them."""

    def __init__(
        self,
        tools: MeteringTools,
        group: Sequence[Due],
        rows: Mapping[date, Any],
        readings: Sequence[Any],
        edits: Mapping[store.Key, Mapping[int, int]],
    ) -> None:
        self._group, self._rows, self._readings, self._edits = group, rows, readings, edits
        self._first = group[0]
        self._zone = tools.core[self._first.provider].zone
        self._limits = tools.profiles[self._first.provider].limits(self._first.resource)
        # The row begins with the first day that anything is known of.
        begin = min([*rows, group[0].day])
        end = max(group[-1].day, min(group[-1].day + timedelta(days=1), max(rows, default=group[-1].day)))
        self._dates = [begin + timedelta(days=number) for number in range((end - begin).days + 1)]

    def results(self) -> list[tuple[CheckedDay, Checked]]:
        """The open days, checked."""
        step = self._first.step
        open_dates = {item.day for item in self._group}
        numbers = {day: number for number, day in enumerate(self._dates)}
        days = [self._day(day, step, day in open_dates) for day in self._dates]
        summaries = [summary(day) for day in days]
        series = Series(days, self._zone)
        work = Work(
            days=days,
            open=frozenset(numbers[day] for day in open_dates),
            zone=self._zone,
            limits=self._limits,
            usual={
                numbers[item.day]: usual_of(
                    days, summaries, numbers[item.day], peak=item.peak, step=item.usual_step
                )
                for item in self._group
            },
            settled={numbers[day]: self._settled(day, step) for day in self._dates if day not in open_dates},
            edits={
                numbers[item.day]: self._edits[key]
                for item in self._group
                if (key := (item.meter, item.channel, item.day)) in self._edits
            },
            brackets=self._brackets(series, numbers[min(open_dates)], numbers[max(open_dates)]),
        )
        return [(self._as_row(days[numbers[checked.day]], checked), checked) for checked in check(work)]

    def _day(self, day: date, step: int, is_open: bool) -> Day:
        """The day as it came if it is open, else what is known to be good of it."""
        row = self._rows.get(day)
        if row is None or row["step"] != step:
            return empty_day(day, step, self._zone)
        if row["amounts"] is None and (is_open or row["checked_amounts"] is None):
            return empty_day(day, step, self._zone)
        flags = {int(slot): flag for slot, flag in (row["flags"] or {}).items()}
        if is_open or row["marks"] is None:
            return Day(day, row["starts_at"], step, row["amounts"], flags)
        good = [
            amount if mark in (marks.VALIDATED, marks.EDITED) else None
            for amount, mark in zip(row["checked_amounts"], row["marks"], strict=True)
        ]
        return Day(day, row["starts_at"], step, good)

    def _settled(self, day: date, step: int) -> Sequence[Amount]:
        row = self._rows.get(day)
        if row is None or row["step"] != step:
            return ()
        found: Sequence[Amount] = (
            row["checked_amounts"] if row["checked_amounts"] is not None else row["amounts"]
        )
        return found

    def _brackets(self, series: Series, first: int, last: int) -> list[Bracket]:
        """Between readings in a row that touch the open days."""
        face = MeterFace(self._first.digits, 0)
        begin, end = series.first[first], series.part(last).stop
        found = []
        placed = [(place, row) for row in self._readings if (place := series.position(row["at"])) is not None]
        for (start, opening), (stop, closing) in pairwise(placed):
            counted = used_between(face, opening["value"], closing["value"])
            if (
                counted is None
                or stop <= begin
                or start >= end
                or opening["registers"] != closing["registers"]
            ):
                continue
            exact = max(self._first.decimals, decimals(opening["value"]), decimals(closing["value"]))
            found.append(Bracket(start, stop, int(counted * 1000), slack(closing["registers"], exact)))
        return found

    def _as_row(self, day: Day, checked: Checked) -> CheckedDay:
        row = self._rows.get(checked.day)
        came = row is not None and row["amounts"] is not None
        measured = [
            amount
            for amount, mark in zip(checked.amounts, checked.marks, strict=True)
            if amount is not None and mark in (marks.VALIDATED, marks.EDITED)
        ]
        known = [amount for amount in checked.amounts if amount is not None]
        return CheckedDay(
            self._first.meter,
            self._first.channel,
            checked.day,
            day.starts_at,
            day.step,
            row["version"] if row is not None and came else 0,
            row["received_at"] if row is not None and came else NEVER,
            checked.amounts,
            checked.marks,
            sum(known) if len(known) == len(checked.amounts) else None,
            min(measured) if len(measured) >= MEASURED * len(checked.amounts) else None,
            checked.passed,
            checked.compared,
        )


def _says_the_same(stands: Any, checked: Checked) -> bool:
    return bool(stands["checked_amounts"] == checked.amounts and stands["marks"] == checked.marks)


def _findings(first: Due, checked: Checked, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "id": new_id(),
            "provider": first.provider,
            "meter": first.meter,
            "channel": first.channel,
            "day": checked.day,
            "rule": found.rule,
            "first": found.first,
            "last": found.last,
            "found": found.found,
            "expected": found.expected,
            "found_at": now,
        }
        for found in checked.findings
    ]


def decimals(value: Decimal) -> int:
    """Digits after the point."""
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def slack(registers: int, exact: int) -> int:
    """Thousandths by which the difference of so many registers may be off for their last digit."""
    return registers * (10 ** (3 - exact) - 1) if exact < 3 else 0

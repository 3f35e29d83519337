"""From days as they came to days that count: validation, estimation, scaling, editing, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, tzinfo
from typing import Final

from services.metering.domain.vee import findings, marks
from services.metering.domain.vee.estimation import TUNING, Tuning, estimate, runs
from services.metering.domain.vee.findings import Finding
from services.metering.domain.vee.limits import Limits
from services.metering.domain.vee.rules import Subject, Usual, validate
from services.metering.domain.vee.scaling import Bracket, rounded, scaled
from services.metering.domain.vee.series import Amount, Day, Series

LIKE_SUMS: Final = 8
LOOK_BACK: Final = 28
FIRST_OF_WEEKEND: Final = 5


@dataclass(frozen=True)
class Checked:
    """A day that was checked: as many ``marks`` as ``amounts``; an amount is None only where nothing could be said,
    and its mark then ``FAILED``. ``compared``: the sum of all of it was told against registers."""

    day: date
    amounts: list[Amount]
    marks: list[int]
    findings: list[Finding]
    compared: bool = False

    @property
    def passed(self) -> bool:
        """True if billing may use all of it."""
        return all(mark in marks.PASSED for mark in self.marks)

    @property
    def estimated(self) -> int:
        """How many values a machine made."""
        return sum(mark in marks.ESTIMATED for mark in self.marks)


@dataclass(frozen=True)
class Work:
    """A channel's days in a row and which of them are to be checked.

    ``days`` hold what came; of those that are not ``open`` (numbers of days) only values that are known to be good, and
    ``settled`` (by number of day) what counts of them. ``edits`` are an operator's values, by number of day and slot;
    ``brackets`` what registers counted, by positions in the series; ``usual`` by number of open day.
    """

    days: Sequence[Day]
    open: frozenset[int]
    zone: tzinfo
    limits: Limits
    usual: Mapping[int, Usual]
    settled: Mapping[int, Sequence[Amount]] = field(default_factory=dict)
    edits: Mapping[int, Mapping[int, int]] = field(default_factory=dict)
    brackets: Sequence[Bracket] = ()
    tuning: Tuning = TUNING


def check(work: Work) -> list[Checked]:
    """The open days, in order."""
    return _Check(work).run()


class _Check:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._series = Series(work.days, work.zone)
        self._found: dict[int, list[Finding]] = {}
        self._marks: dict[int, int] = {}
        self._edited: dict[int, int] = {}
        self._gap: set[int] = set()
        self._values: dict[int, int] = {}
        self._compared: set[int] = set()

    def run(self) -> list[Checked]:
        """All stages."""
        self._validate()
        self._settle_by_registers()
        self._estimate()
        self._compare_sums()
        return [self._result(number) for number in sorted(self._work.open)]

    def _validate(self) -> None:
        for number in sorted(self._work.open):
            day, begin = self._series.days[number], self._series.first[number]
            edits = self._work.edits.get(number, {})
            self._edited |= {
                begin + slot: amount for slot, amount in edits.items() if slot < len(day.amounts)
            }
            subject = Subject(day, self._work.zone, self._work.limits, self._work.usual[number])
            # What an operator wrote stands in for what came, and is not judged again.
            self._found[number] = [
                found
                for found in validate(subject)
                if not all(slot in edits for slot in range(found.first, found.last + 1))
            ]
            for slot, amount in enumerate(day.amounts):
                place = begin + slot
                if place in self._edited:
                    self._values[place], self._marks[place] = self._edited[place], marks.EDITED
                elif amount is not None:
                    self._values[place], self._marks[place] = amount, marks.VALIDATED
            for found in self._found[number]:
                self._judge(begin, found)
        for number, amounts in self._work.settled.items():
            if number not in self._work.open:
                begin = self._series.first[number]
                self._values |= {
                    begin + slot: amount for slot, amount in enumerate(amounts) if amount is not None
                }
        self._gap -= self._edited.keys()

    def _judge(self, begin: int, found: Finding) -> None:
        for place in range(begin + found.first, begin + found.last + 1):
            if place in self._edited:
                continue
            if found.rule == findings.OUTAGE:
                self._values[place], self._marks[place] = 0, marks.INTERPOLATED
            elif found.rule in findings.FAILS:
                self._values.pop(place, None)
                self._gap.add(place)
            elif found.rule in findings.DOUBTS and place not in self._gap:
                self._marks[place] = marks.QUESTIONABLE

    def _settle_by_registers(self) -> None:
        """Where the registers counted what the intervals sum up to, doubts end; where they counted less by about a
        spike, the spike was none of the meter's."""
        for bracket in self._work.brackets:
            places = range(bracket.first, bracket.stop)
            if any(place not in self._values for place in places):
                continue
            total = sum(self._values[place] for place in places)
            tolerance = self._work.limits.tolerance(bracket.counted, bracket.slack)
            if abs(total - bracket.counted) <= tolerance:
                self._end_doubts(places)
                continue
            spikes = [place for place in self._spikes() if place in places]
            without = total - sum(self._values[place] for place in spikes)
            if spikes and without - tolerance <= bracket.counted < total:
                for place in spikes:
                    del self._values[place]
                    self._gap.add(place)

    def _spikes(self) -> list[int]:
        return [
            self._series.first[number] + found.first
            for number, all_found in self._found.items()
            for found in all_found
            if found.rule == findings.SPIKE and self._series.first[number] + found.first in self._values
        ]

    def _end_doubts(self, places: range) -> None:
        for number, all_found in self._found.items():
            begin = self._series.first[number]
            kept = []
            for found in all_found:
                inside = begin + found.first in places and begin + found.last in places
                if inside and found.rule in findings.SETTLED_BY_REGISTERS:
                    for place in range(begin + found.first, begin + found.last + 1):
                        if self._marks.get(place) == marks.QUESTIONABLE:
                            self._marks[place] = marks.VALIDATED
                else:
                    kept.append(found)
            self._found[number] = kept
        # A value with two doubts keeps the one that registers do not settle.
        for number, all_found in self._found.items():
            for found in all_found:
                if found.rule in findings.DOUBTS:
                    self._judge(self._series.first[number], found)

    def _estimate(self) -> None:
        if not self._gap:
            return
        series = self._known()
        found: Mapping[int, float] = estimate(series, self._gap, self._work.tuning)
        done: set[int] = set()
        for bracket in self._work.brackets:
            places = range(bracket.first, bracket.stop)
            inside = {place: found[place] for place in places if place in found}
            if not inside or any(place not in self._values and place not in found for place in places):
                continue
            remainder = bracket.counted - sum(self._values.get(place, 0) for place in places)
            if remainder + self._work.limits.tolerance(bracket.counted, bracket.slack) < 0:
                continue  # More than was counted is known already: the sums will be told apart.
            self._fill(rounded(scaled(inside, max(remainder, 0), bracket.slack)))
            done |= inside.keys()
        for run in runs(sorted(found.keys() - done)):
            self._fill(rounded({place: found[place] for place in run}))
        for run in runs(sorted(self._gap)):
            short = len(run) * self._series.step <= self._work.limits.short_minutes
            for place in run:
                known = place in self._values
                self._marks[place] = (
                    (marks.INTERPOLATED if short else marks.LIKE_DAY) if known else marks.FAILED
                )

    def _known(self) -> Series:
        """The series with values that are fit to estimate from."""
        days = list(self._work.days)
        for number in self._work.open:
            begin = self._series.first[number]
            amounts = [
                self._values.get(begin + slot)
                if self._marks.get(begin + slot) in (marks.VALIDATED, marks.EDITED)
                else None
                for slot in range(len(days[number].amounts))
            ]
            days[number] = replace(days[number], amounts=amounts)
        return Series(days, self._work.zone)

    def _fill(self, estimates: Mapping[int, int]) -> None:
        self._values |= estimates

    def _compare_sums(self) -> None:
        """The sum of intervals against the registers, estimates included."""
        for bracket in self._work.brackets:
            places = range(bracket.first, bracket.stop)
            if any(place not in self._values for place in places):
                continue
            self._compared |= set(places)
            total = sum(self._values[place] for place in places)
            if abs(total - bracket.counted) <= self._work.limits.tolerance(bracket.counted, bracket.slack):
                continue
            for number in self._work.open:
                own = self._series.part(number)
                first, last = max(own.start, bracket.first), min(own.stop, bracket.stop) - 1
                if first > last:
                    continue
                slots = first - own.start, last - own.start
                self._found[number].append(Finding(*slots, findings.SUM, total, bracket.counted))
                for place in range(first, last + 1):
                    if self._marks[place] != marks.EDITED:
                        self._marks[place] = marks.QUESTIONABLE

    def _result(self, number: int) -> Checked:
        part = self._series.part(number)
        amounts = [self._values.get(place) for place in range(part.start, part.stop)]
        found = self._found[number]
        left = [slot for slot, amount in enumerate(amounts) if amount is None]
        found += [Finding(run.start, run.stop - 1, findings.NOT_ESTIMATED) for run in runs(left)]
        return Checked(
            self._series.days[number].day,
            amounts,
            [self._marks[place] for place in range(part.start, part.stop)],
            sorted(found, key=_in_order),
            self._compared.issuperset(range(part.start, part.stop)),
        )


def _in_order(found: Finding) -> tuple[int, int, str]:
    return found.first, found.last, found.rule


@dataclass(frozen=True)
class Summary:
    """What the days after it need to know of a day: the sum (None: not all known), the highest value (None: nothing
    known), and how many intervals at its end are zero."""

    total: int | None
    high: int | None
    zeros_at_end: int
    slots: int


def summary(day: Day) -> Summary:
    """Of a day's amounts."""
    known = [amount for amount in day.amounts if amount is not None]
    slots = len(day.amounts)
    zeros = next((back for back, amount in enumerate(reversed(day.amounts)) if amount != 0), slots)
    return Summary(sum(known) if len(known) == slots else None, max(known, default=None), zeros, slots)


def usual_of(
    days: Sequence[Day],
    summaries: Sequence[Summary],
    number: int,
    *,
    peak: int | None = None,
    step: int | None = None,
) -> Usual:
    """What was usual before a day of a row, from the last four weeks of it. ``peak`` and ``step`` are what is known of
    the channel from longer ago."""
    weekend = days[number].day.weekday() >= FIRST_OF_WEEKEND
    before = [
        place for place in range(max(number - LOOK_BACK, 0), number) if summaries[place].high is not None
    ]
    like = [
        total
        for place in before
        if (total := summaries[place].total) is not None
        and (days[place].day.weekday() >= FIRST_OF_WEEKEND) == weekend
    ]
    peaks = [high for place in before if (high := summaries[place].high) is not None]
    zeros = 0
    for place in reversed(range(number)):
        zeros += summaries[place].zeros_at_end
        if summaries[place].zeros_at_end < summaries[place].slots:
            break
    return Usual(
        step=step,
        days=len(before),
        peak=max([*peaks, peak] if peak is not None else peaks, default=None),
        like_sums=like[-LIKE_SUMS:],
        zeros=zeros,
    )

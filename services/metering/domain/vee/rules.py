"""Validation, a function a rule. Each looks at one day and yields what did not pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from itertools import groupby
from typing import Final

from services.metering.domain.vee import findings
from services.metering.domain.vee.findings import Finding
from services.metering.domain.vee.limits import Limits
from services.metering.domain.vee.series import Amount, Day, slots_of

# Like days, and highest values, are told from at least so many days.
ENOUGH_DAYS: Final = 7


@dataclass(frozen=True)
class Usual:
    """What a channel showed before the day: its step (None: nothing yet), the highest interval, the sums of like days
    (of the same weekday kind), and for how many intervals it has stood at zero."""

    step: int | None
    days: int
    peak: int | None
    like_sums: Sequence[int]
    zeros: int = 0


@dataclass(frozen=True)
class Subject:
    """A day to be looked at."""

    day: Day
    zone: tzinfo
    limits: Limits
    usual: Usual


Rule = Callable[[Subject], Iterator[Finding]]


def spans(places: Iterable[int]) -> Iterator[tuple[int, int]]:
    """First and last of each run without a hole; ``places`` in order."""
    for _, group in groupby(enumerate(places), key=lambda item: item[1] - item[0]):
        run = [place for _, place in group]
        yield run[0], run[-1]


def missing(subject: Subject) -> Iterator[Finding]:
    """A gap: no value came. With a flag that says the power was off, nothing was used either."""
    for slot, amount in enumerate(subject.day.amounts):
        if amount is None and subject.day.flags.get(slot) in subject.limits.outage_flags:
            yield Finding(slot, slot, findings.OUTAGE)
    outage = _flagged(subject.day, subject.limits.outage_flags)
    gone = [slot for slot, amount in enumerate(subject.day.amounts) if amount is None and slot not in outage]
    for first, last in spans(gone):
        yield Finding(first, last, findings.MISSING)


def negative(subject: Subject) -> Iterator[Finding]:
    """Nothing flows back through a channel."""
    for slot, amount in _values(subject.day.amounts):
        if amount < 0:
            yield Finding(slot, slot, findings.NEGATIVE, amount, 0)


def too_high(subject: Subject) -> Iterator[Finding]:
    """More than the connection can carry."""
    most = subject.limits.most(subject.day.step)
    for slot, amount in _values(subject.day.amounts):
        if amount > most:
            yield Finding(slot, slot, findings.TOO_HIGH, amount, most)


def spike(subject: Subject) -> Iterator[Finding]:
    """Far above anything that was seen lately, though possible."""
    most = subject.limits.most(subject.day.step)
    known = subject.usual.peak if subject.usual.days >= ENOUGH_DAYS else None
    limit = subject.limits.spike_from(subject.day.step, known)
    if limit is None:
        return
    for slot, amount in _values(subject.day.amounts):
        if limit < amount <= most:
            yield Finding(slot, slot, findings.SPIKE, amount, limit)


def stuck(subject: Subject) -> Iterator[Finding]:
    """One value, not zero, for hours: a register that hangs and repeats itself."""
    slots = subject.limits.stuck_hours * 60 // subject.day.step
    if not slots:
        return
    place = 0
    for amount, group in groupby(subject.day.amounts):
        length = sum(1 for _ in group)
        if amount and length >= slots:
            yield Finding(place, place + length - 1, findings.STUCK, amount)
        place += length


def zeros(subject: Subject) -> Iterator[Finding]:
    """Nothing for days where there was something before. Told once, on the day on which it gets long."""
    limit = subject.limits.zero_days * 24 * 60 // subject.day.step
    run = 0
    for amount in subject.day.amounts:
        if amount != 0:
            break
        run += 1
    if subject.usual.peak and subject.usual.zeros < limit <= subject.usual.zeros + run:
        yield Finding(0, run - 1, findings.ZEROS, 0)


def day_sum(subject: Subject) -> Iterator[Finding]:
    """High or low: the day's sum far from that of like days."""
    like = sorted(subject.usual.like_sums)
    if len(like) < 3 or any(amount is None for amount in subject.day.amounts):
        return
    total = sum(amount or 0 for amount in subject.day.amounts)
    middle = like[len(like) // 2]
    last = len(subject.day.amounts) - 1
    if total > subject.limits.high_factor * middle and total > subject.limits.spike_floor_an_hour * 4:
        yield Finding(0, last, findings.DAY_HIGH, total, middle)
    elif total < subject.limits.low_factor * middle:
        yield Finding(0, last, findings.DAY_LOW, total, middle)


def length(subject: Subject) -> Iterator[Finding]:
    """A day has as many intervals as its clock has: 46 or 50 half hours where it changes."""
    expected = slots_of(subject.day.day, subject.day.step, subject.zone)
    found = len(subject.day.amounts)
    if found != expected:
        yield Finding(0, max(found - 1, 0), findings.DAY_LENGTH, found, expected)


def step(subject: Subject) -> Iterator[Finding]:
    """The size of intervals is another one than before."""
    before = subject.usual.step
    if before is not None and before != subject.day.step:
        yield Finding(0, len(subject.day.amounts) - 1, findings.STEP_CHANGED, subject.day.step, before)


def flagged(subject: Subject) -> Iterator[Finding]:
    """The head end itself doubts the value."""
    for slot in sorted(_flagged(subject.day, subject.limits.doubtful_flags)):
        if subject.day.amounts[slot] is not None:
            yield Finding(slot, slot, findings.FLAGGED, subject.day.amounts[slot])


RULES: Final[tuple[Rule, ...]] = (
    missing, negative, too_high, spike, stuck, zeros, day_sum, length, step, flagged,
)  # fmt: skip


def validate(subject: Subject) -> list[Finding]:
    """All that the day did not pass, in the order of slots."""
    return sorted(found for rule in RULES for found in rule(subject))


def _values(amounts: Sequence[Amount]) -> Iterator[tuple[int, int]]:
    for slot, amount in enumerate(amounts):
        if amount is not None:
            yield slot, amount


def _flagged(day: Day, flags: frozenset[str]) -> set[int]:
    return {slot for slot, flag in day.flags.items() if flag in flags and slot < len(day.amounts)}

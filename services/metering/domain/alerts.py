"""Alerts on use (MT-13): what a day of a channel says, and what becomes of an alert by it.

A kind of alert compares a day with two thresholds. Beyond the outer one the day speaks for the alert, within the inner
one against it, between them it says nothing: that keeps an alert from going on and off. An alert is raised after so
many days that speak for it, with none against it among them, and clears itself after so many the other way round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from statistics import median
from typing import Final

from contracts.events.metering import UsageAlertCleared, UsageAlertRaised
from contracts.transitions import NEW, Edge, Transitions

LEAK, BASE_LOAD, SURGE, DROP, NOTHING = "leak", "base_load", "surge", "drop", "nothing"
KINDS: Final = (LEAK, BASE_LOAD, SURGE, DROP, NOTHING)

# What a day says of an alert.
FOR, AGAINST, SILENT = "for", "against", "silent"

# States of an alert. Of dropped and cleared ones nothing follows: the next one is another.
WATCHED, RAISED, EASING, CLEARED, DROPPED = "watched", "raised", "easing", "cleared", "dropped"

# What a day does to an alert, by what it says and whether the run of such days is long enough.
NOTICED, CONFIRMED, SILENT_DAY, DOUBTED, REFUTED = "noticed", "confirmed", "silent", "doubted", "refuted"
TRIGGERS: Final = {
    (FOR, False): NOTICED,
    (FOR, True): CONFIRMED,
    (SILENT, False): SILENT_DAY,
    (SILENT, True): SILENT_DAY,
    (AGAINST, False): DOUBTED,
    (AGAINST, True): REFUTED,
}
ALERT: Final = Transitions(
    Edge(NEW, NOTICED, WATCHED),
    Edge(NEW, CONFIRMED, RAISED, UsageAlertRaised),
    Edge(WATCHED, NOTICED, WATCHED),
    Edge(WATCHED, CONFIRMED, RAISED, UsageAlertRaised),
    Edge(WATCHED, SILENT_DAY, WATCHED),
    Edge(WATCHED, DOUBTED, DROPPED),
    Edge(WATCHED, REFUTED, DROPPED),
    Edge(RAISED, NOTICED, RAISED),
    Edge(RAISED, CONFIRMED, RAISED),
    Edge(RAISED, SILENT_DAY, RAISED),
    Edge(RAISED, DOUBTED, EASING),
    Edge(RAISED, REFUTED, CLEARED, UsageAlertCleared),
    Edge(EASING, NOTICED, RAISED),
    Edge(EASING, CONFIRMED, RAISED),
    Edge(EASING, SILENT_DAY, EASING),
    Edge(EASING, DOUBTED, EASING),
    Edge(EASING, REFUTED, CLEARED, UsageAlertCleared),
)

#: In these something may still become of it.
OPEN: Final = ALERT.states - ALERT.final

ENOUGH_LIKE_DAYS: Final = 3
FIRST_OF_WEEKEND: Final = 5
#: What is usual is told by so many days before.
LOOK_BACK: Final = timedelta(days=35)
#: Older days are history that somebody handed in: nobody is told of them.
RECENT: Final = timedelta(days=7)
#: This share of a day must be measured.
MEASURED: Final = 0.75
#: Alerts that ended are shown for so long.
PAST: Final = timedelta(days=366)


@dataclass(frozen=True)
class Threshold:
    """When a kind of alert is raised and cleared; None switches it off. ``outer`` and ``inner`` are factors of what is
    usual (leak: not used); ``floor`` thousandths of the unit: an hour for leak and base load, a day else.
    ``raise_after`` and ``clear_after`` are days."""

    outer: Decimal
    inner: Decimal
    floor: int
    raise_after: int = 2
    clear_after: int = 1


@dataclass(frozen=True)
class Use:
    """A day of a channel that passed: its sum and its lowest interval, in thousandths; ``weekday`` 0 is Monday. Without
    them (None) the day is not known well enough."""

    weekday: int
    step: int
    total: int | None
    low: int | None


@dataclass(frozen=True)
class Signal:
    """What a day says of a kind of alert: ``found`` against ``usual``, in thousandths (an hour for leak and base load,
    a day else)."""

    says: str
    found: int
    usual: int


@dataclass(frozen=True)
class Alert:
    """An episode: ``run`` days spoke for it (watched) or against it (easing)."""

    state: str
    run: int
    #: What led here, last.
    edge: Edge | None = field(default=None, compare=False)


def transition(alert: Alert | None, says: str, threshold: Threshold) -> Alert | None:
    """The alert after a day; None where there is none to keep."""
    if alert is None and says != FOR:
        return None
    state, run = (NEW, 0) if alert is None else (alert.state, alert.run)
    need = threshold.raise_after if says == FOR else threshold.clear_after
    run = run + 1 if says != SILENT else run
    edge = ALERT.edge(state, TRIGGERS[says, run >= need])
    return Alert(edge.state, run if edge.state in (WATCHED, EASING) else 0, edge)


def signals(today: Use, before: Sequence[Use], thresholds: dict[str, Threshold]) -> dict[str, Signal]:
    """What the day says of each kind that has a threshold; ``before`` are the days up to it, oldest first."""
    found: dict[str, Signal] = {}
    for kind, threshold in thresholds.items():
        if today.total is None or today.low is None:
            found[kind] = Signal(SILENT, 0, 0)
        elif kind in (LEAK, BASE_LOAD):
            found[kind] = _never_stops(kind, today, before, threshold)
        else:
            found[kind] = _day(kind, today.total, _usual(today, before), threshold)
    return found


def _never_stops(kind: str, today: Use, before: Sequence[Use], threshold: Threshold) -> Signal:
    """Leak: not one interval of the day below the floor. Base load: the lowest interval far above the usual lowest."""
    lowest = _an_hour(today)
    known = [_an_hour(use) for use in before if use.low is not None]
    usual = int(median(known)) if len(known) >= ENOUGH_LIKE_DAYS else 0
    if kind == LEAK:
        # Cleared by an interval well below: the flow has stopped.
        return Signal(_says(lowest, threshold.floor, threshold.floor * threshold.inner), lowest, usual)
    if len(known) < ENOUGH_LIKE_DAYS:
        return Signal(SILENT, lowest, usual)
    outer = max(usual * threshold.outer, Decimal(usual + threshold.floor))
    inner = max(usual * threshold.inner, Decimal(usual) + Decimal(threshold.floor) / 2)
    return Signal(_says(lowest, outer, inner), lowest, usual)


def _day(kind: str, total: int, usual: int | None, threshold: Threshold) -> Signal:
    """Sudden change: the day's sum against like days'. Nothing: none at all where there was some."""
    if usual is None:
        return Signal(SILENT, total, 0)
    if kind == SURGE:
        outer = max(usual * threshold.outer, Decimal(usual + threshold.floor))
        return Signal(_says(total, outer, usual * threshold.inner), total, usual)
    if kind == NOTHING:
        if total > 0:
            return Signal(AGAINST, total, usual)
        return Signal(FOR if usual >= threshold.floor else SILENT, total, usual)
    # A drop is measured the other way round; where little is used, little less is no news.
    if total == 0:
        return Signal(SILENT, total, usual)
    if usual < threshold.floor:
        return Signal(AGAINST if total >= usual * threshold.inner else SILENT, total, usual)
    return Signal(_says(-total, -usual * threshold.outer, -usual * threshold.inner), total, usual)


def _says(found: int, outer: int | Decimal, inner: int | Decimal) -> str:
    if found >= outer:
        return FOR
    return AGAINST if found <= inner else SILENT


def _usual(today: Use, before: Sequence[Use]) -> int | None:
    """The middle one of like days: the same kind of weekday, with some use."""
    weekend = today.weekday >= FIRST_OF_WEEKEND
    like = [use.total for use in before if use.total and (use.weekday >= FIRST_OF_WEEKEND) == weekend]
    return int(median(like)) if len(like) >= ENOUGH_LIKE_DAYS else None


def _an_hour(use: Use) -> int:
    return (use.low or 0) * 60 // use.step


def quiet(today: Use, mean_total: int, mean_low: int, thresholds: dict[str, Threshold]) -> bool:
    """A short cut: by the channel's means, that the day speaks for no alert. It may let pass a day of a channel whose
    mean another day has pulled far from what is usual."""
    if today.total is None or today.low is None:
        return True
    if LEAK in thresholds and _an_hour(today) >= thresholds[LEAK].floor:
        return False
    if today.total == 0:
        return NOTHING not in thresholds
    base = _an_hour(today) - mean_low * 60 // today.step
    if BASE_LOAD in thresholds and base >= thresholds[BASE_LOAD].floor // 2:
        return False
    if SURGE in thresholds and 2 * today.total >= thresholds[SURGE].outer * mean_total:
        return False
    return DROP not in thresholds or today.total > 2 * thresholds[DROP].outer * mean_total


def _thresholds(**given: Threshold) -> dict[str, Threshold]:
    return given


#: By resource, where a supplier says nothing else.
THRESHOLDS: Final = {
    "electricity": _thresholds(
        base_load=Threshold(Decimal(3), Decimal("1.5"), 300, raise_after=2, clear_after=1),
        surge=Threshold(Decimal(3), Decimal(2), 5_000, raise_after=2, clear_after=1),
        drop=Threshold(Decimal("0.1"), Decimal("0.3"), 1_000, raise_after=3, clear_after=1),
        nothing=Threshold(Decimal(0), Decimal(0), 500, raise_after=2, clear_after=1),
    ),
    "cold_water": _thresholds(
        leak=Threshold(Decimal(1), Decimal("0.5"), 2, raise_after=1, clear_after=1),
        surge=Threshold(Decimal(3), Decimal(2), 500, raise_after=1, clear_after=1),
        nothing=Threshold(Decimal(0), Decimal(0), 20, raise_after=14, clear_after=1),
    ),
    "hot_water": _thresholds(
        leak=Threshold(Decimal(1), Decimal("0.5"), 2, raise_after=1, clear_after=1),
        surge=Threshold(Decimal(3), Decimal(2), 300, raise_after=1, clear_after=1),
        nothing=Threshold(Decimal(0), Decimal(0), 20, raise_after=14, clear_after=1),
    ),
    "heating": _thresholds(
        surge=Threshold(Decimal(3), Decimal(2), 50, raise_after=2, clear_after=1),
    ),
}

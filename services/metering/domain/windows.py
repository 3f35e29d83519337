"""The days on which readings are taken, and the month that a reading counts for (MT-2, MT-4).

A supplier's month is divided into spans of days, in order and without a gap: days of the window itself, days on which
a reading is kept for it, and days on which none is taken. Days are the supplier's own.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from contracts.errors import CabinetError
from contracts.periods import next_period, period_of, previous_period

OPEN, KEPT, CLOSED = "open", "kept", "closed"
MONTHS: Final[dict[str, Callable[[str], str]]] = {
    "previous_month": previous_period,
    "this_month": str,
    "next_month": next_period,
}
LENGTHS = (28, 29, 30, 31)
# No supplier's window is further away than this.
LOOK_AHEAD = 62
_EDGE = re.compile(r"last(?:-(\d{1,2}))?|(\d{1,2})")


class WindowFaultError(ValueError):
    """The spans do not make a month; the text says why."""


@dataclass(frozen=True)
class Edge:
    """A day of the month: ``number``, or so many days before the last one."""

    number: int
    from_end: bool = False

    def day(self, length: int) -> int:
        """Its number in a month of ``length`` days; below one where the month is too short."""
        return length - self.number if self.from_end else self.number


@dataclass(frozen=True)
class Span:
    """Days ``first`` to ``last`` of a month. ``taken`` is open, kept or closed; ``counts_for`` one of MONTHS;
    ``in_time`` says whether a reading sent on these days is in time for the month that it counts for."""

    first: Edge
    last: Edge
    taken: str = OPEN
    counts_for: str = "this_month"
    in_time: bool = True


@dataclass(frozen=True)
class Assigned:
    """What becomes of a reading that is sent on a day. ``kept``: outside the window, it waits for the period's."""

    period: str
    in_time: bool
    kept: bool


@dataclass(frozen=True)
class Opening:
    """Days ``first`` to ``last`` in a row on which readings of one period are taken."""

    period: str
    first: date
    last: date


class Window:
    """The spans of a month. Raises WindowFaultError unless they cover months of every length."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self.spans = tuple(spans)
        for span in spans:
            if span.taken not in (OPEN, KEPT, CLOSED):
                raise WindowFaultError(f"taken is open, kept or closed, not {span.taken!r}")
            if span.counts_for not in MONTHS:
                raise WindowFaultError(f"counts_for is one of {', '.join(MONTHS)}, not {span.counts_for!r}")
        if not any(span.taken == OPEN for span in spans):
            raise WindowFaultError("on no day are readings taken")
        self._by_length = {length: self._cover(length) for length in LENGTHS}

    def _cover(self, length: int) -> list[Span]:
        """The span of each day of a month of so many days."""
        days: list[Span] = []
        for span in self.spans:
            first, last = span.first.day(length), span.last.day(length)
            if first != len(days) + 1 or last < first or last > 31:
                raise WindowFaultError(
                    f"days {first} to {last} do not follow day {len(days)} in a month of {length} days"
                )
            # A numbered day that a short month does not have is left out.
            days += [span] * (min(last, length) - first + 1)
        if len(days) != length:
            raise WindowFaultError(f"in a month of {length} days nothing is said of day {len(days) + 1}")
        return days

    def span(self, day: date) -> Span:
        """The span that the day falls into."""
        return self._by_length[monthrange(day.year, day.month)[1]][day.day - 1]

    def period(self, day: date) -> str:
        """The month that a reading of the day counts for; on a closed day that of the next day that is not."""
        for ahead in range(LOOK_AHEAD):
            then = day + timedelta(days=ahead)
            span = self.span(then)
            if span.taken != CLOSED:
                return MONTHS[span.counts_for](period_of(then))
        raise AssertionError("some day is open")

    def assign(self, day: date) -> Assigned:
        """What becomes of a reading sent on the day. Raises ``window_closed`` with the days it opens and closes."""
        span = self.span(day)
        if span.taken == CLOSED:
            opening = self.opening(day)
            raise CabinetError(
                "window_closed", opens_on=opening.first.isoformat(), closes_on=opening.last.isoformat()
            )
        return Assigned(self.period(day), span.in_time, span.taken == KEPT)

    def open_on(self, day: date) -> bool:
        """True on the days of the window."""
        return self.span(day).taken == OPEN

    def opening(self, day: date) -> Opening:
        """The opening that the day is in, else the next one."""
        first = next(
            day + timedelta(days=ahead)
            for ahead in range(LOOK_AHEAD)
            if self.open_on(day + timedelta(days=ahead))
        )
        period, last, one = self.period(first), first, timedelta(days=1)
        if first == day:
            while self._open_for(period, first - one):
                first -= one
        while self._open_for(period, last + one):
            last += one
        return Opening(period, first, last)

    def _open_for(self, period: str, day: date) -> bool:
        return self.open_on(day) and self.period(day) == period


def read_days(text: str) -> tuple[Edge, Edge]:
    """``15..25``, ``26..last``, ``last-6..last``, ``1``. Raises WindowFaultError."""
    first, dots, last = text.partition("..")
    return _edge(first), _edge(last if dots else first)


def _edge(text: str) -> Edge:
    found = _EDGE.fullmatch(text.strip())
    if found is None:
        raise WindowFaultError(f"{text!r} is no day of a month: write 15, last or last-6")
    edge = Edge(int(found[2])) if found[2] else Edge(int(found[1] or 0), True)
    if not (edge.from_end or 1 <= edge.number <= 31):
        raise WindowFaultError(f"{text!r} is no day of a month")
    return edge

"""A short cut: by a few figures of a day, that nothing would be found in it."""

from __future__ import annotations

from dataclasses import dataclass

from services.metering.domain.vee.limits import Limits
from services.metering.domain.vee.rules import ENOUGH_DAYS


@dataclass(frozen=True)
class Figures:
    """Of a day as it came: how many intervals of ``step`` minutes, how many have a value, their lowest, highest and sum
    (thousandths), how many are zero, and how many different values the others are. ``expected`` intervals the day's
    clock has. ``counted`` is what the registers counted from its first to its last moment, None where they were not
    read then; ``slack`` as in ``Bracket``."""

    step: int
    slots: int
    expected: int
    known: int
    low: int
    high: int
    total: int
    zeros: int
    different: int
    flagged: bool
    counted: int | None
    slack: int


@dataclass(frozen=True)
class Channel:
    """What is kept of a channel: its step, over how many days it was seen, its highest interval (fading), the means of
    days' sums and lowest intervals."""

    step: int
    days: int
    peak: int
    mean_total: int
    mean_low: int
    zero_days: int


def clean(figures: Figures, channel: Channel | None, limits: Limits) -> bool:
    """True if no rule can find anything: the day may be taken as it is. False says nothing: it needs a closer look."""
    if channel is None or channel.days < ENOUGH_DAYS or figures.step != channel.step or figures.flagged:
        return False
    if not figures.known == figures.slots == figures.expected or figures.low < 0:
        return False
    if figures.counted is not None:
        if abs(figures.total - figures.counted) > limits.tolerance(figures.counted, figures.slack):
            return False
        # What registers agree with is neither a spike nor stuck, nor an unusual day.
        return figures.high <= limits.most(figures.step)
    if figures.low == figures.high or (figures.zeros and channel.zero_days) or _may_be_stuck(figures, limits):
        return False
    spike = limits.spike_from(figures.step, channel.peak)
    if figures.high > limits.most(figures.step) or (spike is not None and figures.high > spike):
        return False
    # Half of what the rules allow, since these compare with days of the same kind.
    return (
        channel.mean_total * limits.low_factor * 2 <= figures.total
        and figures.total <= channel.mean_total * limits.high_factor / 2
    )


def _may_be_stuck(figures: Figures, limits: Limits) -> bool:
    """A value that repeats itself so often leaves room for so many others, and no more."""
    run = limits.stuck_hours * 60 // figures.step
    others = figures.slots - figures.zeros
    return 0 < run <= others and figures.different <= others - run + 1


def after(channel: Channel | None, figures: Figures) -> Channel:
    """The channel's figures after a day of which all is known. Means follow over about two weeks; the highest fades by
    a fiftieth a day."""
    if channel is None:
        return Channel(figures.step, 1, figures.high, figures.total, figures.low, int(figures.high == 0))
    share = max(1 / (channel.days + 1), 1 / 14)
    return Channel(
        figures.step,
        channel.days + 1,
        max(figures.high, channel.peak * 49 // 50),
        round(channel.mean_total + (figures.total - channel.mean_total) * share),
        round(channel.mean_low + (figures.low - channel.mean_low) * share),
        channel.zero_days + 1 if figures.high == 0 else 0,
    )

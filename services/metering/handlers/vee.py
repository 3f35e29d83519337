"""Checking interval data (MT-9), after ingest and apart from it: what came is noticed, what is due is checked page by
page. Most days are clean and never leave the database; the others are laid beside their neighbours.

A page is one transaction: its days leave the list of due ones together with what came of them, so that dying anywhere
repeats a page at most. Nothing here touches what came.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from prometheus_client import Counter

from authorisation.contexts import ServiceContext
from chassis.clock import local_day
from chassis.errors import as_cabinet_error
from chassis.transaction import Transaction
from services.metering.configuration import MeteringTools
from services.metering.domain.vee import marks
from services.metering.domain.vee.screening import Channel, Figures, after, clean
from services.metering.domain.vee.series import slots_of
from services.metering.handlers import alerts, register_checking
from services.metering.handlers.looking import Due, decimals, look, slack
from services.metering.store import vee as store
from services.metering.store import vee_due as due

log = structlog.get_logger(__name__)

CHECKED = Counter("interval_days_checked_total", "Interval days checked", ["outcome"])
NOTICED = Counter("interval_days_noticed_total", "Interval days put among those to be checked")

PAGE = 1_000
# Seconds that one turn of the job works before it gives its lease back; real ones, whatever the clock is set to.
TURN = 45.0
SILENT_CHANNELS = 5_000


def carry_on(service: ServiceContext, tools: MeteringTools) -> None:
    """One turn of the job."""
    until = time.monotonic() + TURN
    # One moment for the whole turn: what came up to it is noticed, then checked. With a later one each time there
    # would always be a little more to notice, and nothing would ever be checked.
    now = service.clock.now()
    try:
        # Registers first: sums of intervals are told against those that passed.
        register_checking.carry_on(service, tools, now, until)
        for work in (notice, page):
            while time.monotonic() < until:
                with service.begin() as ctx:
                    if not work(ctx.tx, tools, now):
                        break
    except Exception as error:
        # The days of the page are still due; the next turn takes them up again.
        log.warning("check_delayed", code=as_cabinet_error(error).code, exc_info=error)


def notice(tx: Transaction, tools: MeteringTools, now: datetime) -> bool:
    """Put what came in the next slice of time among the due days; False once all that came is noticed, and channels
    that were silent with it."""
    graces = {provider: profile.vee.grace_hours for provider, profile in tools.profiles.items()}
    found = due.next_slice(tx, now)
    if found is not None:
        since, until = found
        NOTICED.inc(due.notice(tx, since, until, now, graces))
        due.noticed(tx, until if until >= now else due.skip_silence(tx, until, now))
        return True
    for provider, core in tools.core.items():
        over = local_day(now - timedelta(hours=graces.get(provider, 0)), core.zone) - timedelta(days=1)
        NOTICED.inc(due.notice_silence(tx, provider, over, now, SILENT_CHANNELS))
    return False


def page(tx: Transaction, tools: MeteringTools, now: datetime, most: int = PAGE) -> int:
    """Check the next due days; how many were taken up."""
    rows = due.take_due(tx, now, most)
    if not rows:
        return 0
    sifted = _Sifted(tools)
    for row in rows:
        sifted.add(row)
    store.write_clean(tx, sifted.clean, now)
    looked = look(tx, tools, now, sifted.doubtful)
    store.save_channels(tx, sifted.channels())
    alerts.evaluate(tx, tools, now, sifted.news())
    CHECKED.labels("clean").inc(len(sifted.clean))
    CHECKED.labels("estimated").inc(
        sum(day.passed and not set(day.marks).isdisjoint(marks.ESTIMATED) for day in looked)
    )
    CHECKED.labels("passed").inc(
        sum(day.passed and set(day.marks).isdisjoint(marks.ESTIMATED) for day in looked)
    )
    CHECKED.labels("not_passed").inc(sum(not day.passed for day in looked))
    return len(rows)


class _Sifted:
    """Due days of a page, in order: what is clean, what needs a closer look, and what their channels are like then."""

    def __init__(self, tools: MeteringTools) -> None:
        self._tools = tools
        self.clean: list[tuple[store.Key, bool]] = []
        self.doubtful: list[Due] = []
        self._channels: dict[tuple[str, str], Channel] = {}
        self._rows: dict[tuple[str, str], dict[str, Any]] = {}
        self._slots: dict[tuple[str, date, int], int] = {}
        self._days: list[tuple[dict[str, Any], Figures | None, Channel]] = []

    def add(self, row: Any) -> None:
        """The next one of the page."""
        key = row["meter"], row["channel"]
        channel = self._channels.get(key)
        if channel is None and row["channel_step"] is not None:
            channel = Channel(
                row["channel_step"],
                row["days"],
                row["peak"],
                row["mean_total"],
                row["mean_low"],
                row["zero_days"],
            )
        if row["step"] is None and channel is None:
            return  # Neither the day nor the channel is there any more.
        figures = self._figures(row) if row["step"] is not None else None
        limits = self._tools.profiles[row["provider"]].limits(row["resource"])
        fresh = row["checked_version"] is None and not row["edited"]
        if figures is not None and fresh and clean(figures, channel, limits):
            self.clean.append(((row["meter"], row["channel"], row["day"]), figures.counted is not None))
        else:
            step = row["step"] if row["step"] is not None else channel.step if channel else 0
            self.doubtful.append(
                Due(
                    row["meter"],
                    row["channel"],
                    row["day"],
                    row["provider"],
                    row["resource"],
                    row["decimals"],
                    row["digits"],
                    step,
                    channel.step if channel else None,
                    channel.peak if channel else None,
                )
            )
        self._follow(row, key, channel, figures)

    def _follow(
        self, row: Any, key: tuple[str, str], channel: Channel | None, figures: Figures | None
    ) -> None:
        known = self._rows.setdefault(
            key,
            {"provider": row["provider"], "last_day": row["last_day"], "heard_day": row["heard_day"]},
        )
        if known["last_day"] is not None and row["day"] <= known["last_day"]:
            # A day that is looked at again says nothing new of the channel.
            if channel is not None:
                self._channels[key] = channel
            return
        known["last_day"] = row["day"]
        if figures is not None and figures.known:
            known["heard_day"] = row["day"]
            if channel is None or figures.known == figures.slots:
                channel = after(channel, figures)
        known["heard_day"] = known["heard_day"] or row["day"]
        if channel is not None:
            self._channels[key] = channel
            self._days.append((row, figures, channel))

    def _figures(self, row: Any) -> Figures:
        zone = self._tools.core[row["provider"]].zone
        place = row["provider"], row["day"], row["step"]
        if place not in self._slots:
            self._slots[place] = slots_of(row["day"], row["step"], zone)
        counted = row["counted"]
        exact = max(row["decimals"], decimals(counted)) if counted is not None else 3
        amounts = row["amounts"]
        known = [amount for amount in amounts if amount is not None] if None in amounts else amounts
        zeros = known.count(0)
        return Figures(
            step=row["step"],
            slots=len(amounts),
            expected=self._slots[place],
            known=len(known),
            low=min(known, default=0),
            high=max(known, default=0),
            total=sum(known),
            zeros=zeros,
            different=len(set(known)) - bool(zeros),
            flagged=row["flagged"],
            # A register that went back or rolled over is left to the closer look.
            counted=int(counted * 1000) if counted is not None and counted >= 0 else None,
            slack=slack(row["registers"] or 0, exact),
        )

    def channels(self) -> list[dict[str, Any]]:
        """Rows of interval_channel."""
        return [
            {
                "meter": key[0],
                "channel": key[1],
                **self._rows[key],
                "step": channel.step,
                "days": channel.days,
                "peak": channel.peak,
                "mean_total": channel.mean_total,
                "mean_low": channel.mean_low,
                "zero_days": channel.zero_days,
            }
            for key, channel in self._channels.items()
        ]

    def news(self) -> Sequence[tuple[dict[str, Any], Figures | None, Channel]]:
        """Days that are new to their channels, with their figures (None: nothing came) and the channel's after them."""
        return self._days

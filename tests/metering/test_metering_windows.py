"""Submission windows (MT-2, MT-4): every supplier's own days, in months of every length."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import local_day
from chassis.configuration import ConfigurationError
from contracts.periods import next_period, period_of, previous_period
from deploy.local.names import ROOT
from services.metering.configuration import MeteringProfile, SpanEntry, metering_tools
from services.metering.domain.windows import (
    CLOSED,
    KEPT,
    OPEN,
    Assigned,
    Edge,
    Span,
    Window,
    WindowFaultError,
    read_days,
)
from tests.metering.world import refused

TOOLS = metering_tools({"providers_dir": str(ROOT / "providers")})
WINDOWS = {name: profile.days for name, profile in TOOLS.profiles.items()}
ONE = timedelta(days=1)
days = st.dates(date(2020, 1, 1), date(2045, 12, 31))
providers = st.sampled_from(sorted(WINDOWS))


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("provider", "sent", "period", "in_time", "kept"),
    [
        # Up to day 25 for the month; later for the next one, in time for it.
        ("uralenergosbyt", "2026-11-01", "2026-11", True, False),
        ("uralenergosbyt", "2026-11-25", "2026-11", True, False),
        ("uralenergosbyt", "2026-11-26", "2026-12", True, True),
        ("uralenergosbyt", "2026-12-31", "2027-01", True, True),
        ("ustek-chelyabinsk", "2026-02-28", "2026-03", True, True),
        # Days 15 to 25; outside it waits for the next opening.
        ("sverdlovenergosbyt", "2026-11-01", "2026-11", False, True),
        ("sverdlovenergosbyt", "2026-11-14", "2026-11", False, True),
        ("sverdlovenergosbyt", "2026-11-15", "2026-11", True, False),
        ("sverdlovenergosbyt", "2026-11-25", "2026-11", True, False),
        ("sverdlovenergosbyt", "2026-11-26", "2026-12", False, True),
        ("sverdlovenergosbyt", "2026-12-26", "2027-01", False, True),
        # The last seven days and the 1st, which counts for the month that has ended.
        ("kyivenergo-heat", "2026-11-23", "2026-11", False, True),
        ("kyivenergo-heat", "2026-11-24", "2026-11", True, False),
        ("kyivenergo-heat", "2026-11-30", "2026-11", True, False),
        ("kyivenergo-heat", "2026-12-01", "2026-11", True, False),
        ("kyivenergo-heat", "2026-12-08", "2026-12", False, True),
        ("kyivenergo-heat", "2027-01-01", "2026-12", True, False),
        ("kyivenergo-heat", "2027-02-21", "2027-02", False, True),
        ("kyivenergo-heat", "2027-02-22", "2027-02", True, False),
        ("kyivenergo-heat", "2028-02-22", "2028-02", False, True),
        ("kyivenergo-heat", "2028-02-23", "2028-02", True, False),
        ("kyivenergo-heat", "2026-10-24", "2026-10", False, True),
        ("kyivenergo-heat", "2026-10-25", "2026-10", True, False),
        # Days 1 to 5 for the month that has ended; what comes later waits for the next 1st.
        ("kyivenergo-power", "2026-12-01", "2026-11", True, False),
        ("kyivenergo-power", "2026-12-05", "2026-11", True, False),
        ("kyivenergo-power", "2026-12-06", "2026-12", False, True),
        ("kyivenergo-power", "2026-12-31", "2026-12", False, True),
    ],
)
def test_mt_4_each_supplier_takes_readings_on_its_own_days(
    provider: str, sent: str, period: str, in_time: bool, kept: bool
) -> None:
    assert WINDOWS[provider].assign(day(sent)) == Assigned(period, in_time, kept)
    assert WINDOWS[provider].open_on(day(sent)) is not kept


@pytest.mark.parametrize("sent", ["2026-12-02", "2026-12-07"])
def test_mt_4_a_closed_day_says_when_it_opens_next(sent: str) -> None:
    error = refused(lambda: WINDOWS["kyivenergo-heat"].assign(day(sent)))
    assert error.code == "window_closed"
    assert error.fields == {"opens_on": "2026-12-25", "closes_on": "2027-01-01"}
    # What staff enter of such a day counts for the month whose readings are taken next.
    assert WINDOWS["kyivenergo-heat"].period(day(sent)) == "2026-12"


@pytest.mark.parametrize(
    ("provider", "today", "first", "last", "period"),
    [
        ("uralenergosbyt", "2026-11-20", "2026-11-01", "2026-11-25", "2026-11"),
        ("uralenergosbyt", "2026-11-26", "2026-12-01", "2026-12-25", "2026-12"),
        ("sverdlovenergosbyt", "2026-12-30", "2027-01-15", "2027-01-25", "2027-01"),
        ("kyivenergo-heat", "2026-11-27", "2026-11-24", "2026-12-01", "2026-11"),
        ("kyivenergo-heat", "2026-12-01", "2026-11-24", "2026-12-01", "2026-11"),
        ("kyivenergo-heat", "2026-12-02", "2026-12-25", "2027-01-01", "2026-12"),
        ("kyivenergo-power", "2026-12-03", "2026-12-01", "2026-12-05", "2026-11"),
        ("kyivenergo-power", "2026-12-06", "2027-01-01", "2027-01-05", "2026-12"),
    ],
)
def test_mt_2_the_opening_of_a_day_is_the_present_or_the_next_one(
    provider: str, today: str, first: str, last: str, period: str
) -> None:
    opening = WINDOWS[provider].opening(day(today))
    assert (opening.first, opening.last, opening.period) == (day(first), day(last), period)


@given(provider=providers, sent=days)
def test_mt_4_a_reading_counts_for_the_month_around_it_and_never_for_an_earlier_one_later(
    provider: str, sent: date
) -> None:
    window, own = WINDOWS[provider], period_of(sent)
    assert window.period(sent) in (previous_period(own), own, next_period(own))
    assert window.period(sent) <= window.period(sent + ONE)
    if window.span(sent).taken != CLOSED:
        assert window.assign(sent).period == window.period(sent)


@given(provider=providers, today=days)
def test_mt_2_every_opening_is_whole_and_of_one_month(provider: str, today: date) -> None:
    window = WINDOWS[provider]
    opening = window.opening(today)
    within = [opening.first + n * ONE for n in range((opening.last - opening.first).days + 1)]
    assert all(window.assign(one) == Assigned(opening.period, True, False) for one in within)
    assert (today in within) == window.open_on(today)
    for outside in (opening.first - ONE, opening.last + ONE):
        assert not window.open_on(outside) or window.period(outside) != opening.period
    assert not any(window.open_on(today + n * ONE) for n in range((opening.first - today).days))


@given(provider=providers, today=days)
def test_mt_4_what_is_kept_waits_for_the_opening_that_is_announced(provider: str, today: date) -> None:
    window = WINDOWS[provider]
    if window.span(today).taken == KEPT:
        assert window.opening(today).period == window.assign(today).period


@given(
    moment=st.integers(1_577_836_800, 2_208_988_800).map(lambda second: datetime.fromtimestamp(second, UTC)),
    name=providers,
)
def test_mt_4_the_day_is_the_suppliers_also_when_its_clock_changes(moment: datetime, name: str) -> None:
    zone = TOOLS.core[name].zone
    local = local_day(moment, zone)
    assert datetime.combine(local, datetime.min.time(), zone).timestamp() <= moment.timestamp()
    following = datetime.combine(local + ONE, datetime.min.time(), zone)
    assert moment.timestamp() < following.timestamp()


def test_mt_4_the_last_minute_of_october_in_kyiv_is_an_hour_later_than_in_summer() -> None:
    kyiv = ZoneInfo("Europe/Kyiv")
    window = WINDOWS["kyivenergo-heat"]
    # 24 October 2026, 23:59 is still summer time; after the change on the 25th days end at 22:00 UTC.
    before, after = datetime(2026, 10, 24, 20, 59, tzinfo=UTC), datetime(2026, 10, 24, 21, 0, tzinfo=UTC)
    assert [window.open_on(local_day(moment, kyiv)) for moment in (before, after)] == [False, True]
    last, first = datetime(2026, 11, 1, 21, 59, tzinfo=UTC), datetime(2026, 11, 1, 22, 0, tzinfo=UTC)
    assert [window.open_on(local_day(moment, kyiv)) for moment in (last, first)] == [True, False]


# --- how a profile says it ------------------------------------------------------------------------------------------


@given(length=st.integers(28, 31), first=st.integers(2, 27), keep=st.sampled_from([KEPT, CLOSED]))
def test_mt_4_any_division_of_the_month_is_taken_and_gives_every_day_one_meaning(
    length: int, first: int, keep: str
) -> None:
    spans = [Span(Edge(1), Edge(first - 1), keep), Span(Edge(first), Edge(0, True))]
    window = Window(spans)
    month = next(
        date(year, number, 1)
        for year in (2027, 2028)
        for number in range(1, 13)
        if monthrange(year, number)[1] == length
    )
    taken = [window.span(month + n * ONE).taken for n in range(length)]
    assert taken == [keep] * (first - 1) + [OPEN] * (length - first + 1)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("15..25", Edge(15), Edge(25)),
        ("26..last", Edge(26), Edge(0, True)),
        ("last-6 .. last", Edge(6, True), Edge(0, True)),
        ("1", Edge(1), Edge(1)),
        ("last", Edge(0, True), Edge(0, True)),
    ],
)
def test_mt_4_days_are_written_as_people_say_them(text: str, first: Edge, last: Edge) -> None:
    assert read_days(text) == (first, last)


@pytest.mark.parametrize(
    "text", ["", "0", "32", "15-25", "1..", "first..last", "last+1", "-1", "1..last-100"]
)
def test_mt_4_other_words_are_refused(text: str) -> None:
    with pytest.raises(WindowFaultError, match="no day of a month"):
        read_days(text)


@pytest.mark.parametrize(
    ("spans", "fault"),
    [
        ([("1..24", {}), ("26..last", {})], "do not follow day 24"),
        ([("1..25", {}), ("25..last", {})], "do not follow day 25"),
        ([("2..last", {})], "do not follow day 0"),
        ([("1..28", {})], "in a month of 29 days nothing is said of day 29"),
        ([("1..last-30", {}), ("last-29..last", {})], "in a month of 28 days"),
        ([("1..last", {"taken": "kept"})], "on no day"),
        ([], "on no day"),
        ([("1..last", {"taken": "perhaps"})], "open, kept or closed"),
        ([("1..last", {"counts_for": "tomorrow"})], "counts_for is one of"),
        ([("x", {})], "no day of a month"),
    ],
)
def test_mt_4_a_profile_that_leaves_a_day_out_is_refused_with_the_reason(
    tmp_path: object, spans: list[tuple[str, dict[str, str]]], fault: str
) -> None:
    with pytest.raises(WindowFaultError, match=fault):
        _profile(tuple(SpanEntry(days=text, **more) for text, more in spans)).days  # noqa: B018


def _profile(window: tuple[SpanEntry, ...]) -> MeteringProfile:
    return msgspec.structs.replace(TOOLS.profiles["uralenergosbyt"], window=window)


def test_mt_4_faults_of_a_profile_are_named_together_with_file_and_place(tmp_path: object) -> None:
    folder = tmp_path
    text = (ROOT / "providers" / "uralenergosbyt.toml").read_text(encoding="utf-8")
    for good, bad in [
        ('{ days = "1..25" }', '{ days = "1..24" }'),
        ('jump_floor = { electricity = "300" }', "jump_floor = {}"),
        ('electricity-1 = { "1.8.0" = "single" }', 'electricity-1 = { "1.8.0" = "export" }'),
        ('electricity = { "2.8.0" = "export" }', 'electricity = { "2.8.0" = "single" }'),
        (
            '[metering.guest]\nproof = "meter_serial"',
            '[metering.guest]\nproof = "smile"\nan_hour_per_client = 0',
        ),
    ]:
        assert good in text
        text = text.replace(good, bad)
    (folder / "uralenergosbyt.toml").write_text(text, encoding="utf-8")  # type: ignore[operator]
    with pytest.raises(ConfigurationError) as caught:
        metering_tools({"providers_dir": str(folder)})
    said = str(caught.value)
    for words in (
        "uralenergosbyt.toml [metering] window: days 26 to",
        "jump_floor: electricity is missing",
        "registers: electricity-1",
        "export: the registers of electricity",
        "guest: proof is",
        "guest: a limit",
    ):
        assert words in said

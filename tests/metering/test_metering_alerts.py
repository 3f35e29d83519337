"""Alerts on use (MT-13): rules, states, and what is told."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorisation.subject import Subject
from contracts.transitions import NEW
from services.metering.domain import alerts
from services.metering.domain.alerts import (
    AGAINST,
    BASE_LOAD,
    CLEARED,
    DROP,
    DROPPED,
    EASING,
    FOR,
    LEAK,
    NOTHING,
    OPEN,
    RAISED,
    SILENT,
    SURGE,
    THRESHOLDS,
    WATCHED,
    Alert,
    Threshold,
    Use,
    signals,
    transition,
)
from services.metering.views import alerts as shown
from tests.metering.checking_world import Checking
from tests.metering.world import USTEK, World, account_id, refused
from tests.support_code.requests import typed

ELECTRICITY, WATER = THRESHOLDS["electricity"], THRESHOLDS["cold_water"]
MONDAY = date(2026, 10, 5)


def use(total: int | None, low: int | None = 100, weekday: int = 0) -> Use:
    return Use(weekday, 30, total, low)


def says(kind: str, today: Use, before: Sequence[Use], thresholds: dict[str, Threshold]) -> str:
    return signals(today, before, thresholds)[kind].says


# --- rules ----------------------------------------------------------------------------------------------------------


def test_mt_13_a_leak_is_a_day_without_one_interval_below_the_floor() -> None:
    # 2 litres an hour are one in half an hour.
    for low, expected in ((1, FOR), (5, FOR), (0, AGAINST)):
        assert says(LEAK, use(500, low), [], WATER) == expected
    assert says(LEAK, use(None, None), [], WATER) == SILENT


def test_mt_13_base_load_is_a_sudden_rise_of_the_lowest_interval() -> None:
    before = [use(9_000, 50)] * 10  # 0.1 kWh an hour
    assert says(BASE_LOAD, use(30_000, 200), before, ELECTRICITY) == FOR  # 0.4: three times, and 0.3 above
    assert says(BASE_LOAD, use(30_000, 150), before, ELECTRICITY) == SILENT
    assert says(BASE_LOAD, use(9_000, 60), before, ELECTRICITY) == AGAINST
    assert says(BASE_LOAD, use(30_000, 400), before[:2], ELECTRICITY) == SILENT


def test_mt_13_sudden_change_is_told_against_like_days() -> None:
    before = [use(8_000)] * 5 + [use(30_000, weekday=5)] * 5
    assert says(SURGE, use(24_000), before, ELECTRICITY) == FOR
    assert says(SURGE, use(20_000), before, ELECTRICITY) == SILENT
    assert says(SURGE, use(16_000), before, ELECTRICITY) == AGAINST
    assert says(SURGE, use(24_000, weekday=6), before, ELECTRICITY) == AGAINST
    assert says(DROP, use(800), before, ELECTRICITY) == FOR
    assert says(DROP, use(2_000), before, ELECTRICITY) == SILENT
    assert says(DROP, use(2_400), before, ELECTRICITY) == AGAINST


def test_mt_13_little_more_of_little_is_no_surge() -> None:
    before = [use(1_000)] * 8
    assert says(SURGE, use(4_000), before, ELECTRICITY) == SILENT
    assert says(SURGE, use(6_000), before, ELECTRICITY) == FOR


def test_mt_13_nothing_at_all_where_there_was_something() -> None:
    before = [use(8_000)] * 5
    assert says(NOTHING, use(0, 0), before, ELECTRICITY) == FOR
    assert says(DROP, use(0, 0), before, ELECTRICITY) == SILENT
    assert says(NOTHING, use(1, 0), before, ELECTRICITY) == AGAINST
    assert says(NOTHING, use(0, 0), [use(0, 0)] * 9, ELECTRICITY) == SILENT
    assert says(NOTHING, use(0, 0), [use(400)] * 9, ELECTRICITY) == SILENT


@given(
    st.integers(0, 60_000), st.integers(0, 1_200), st.integers(1, 30_000), st.integers(0, 600),
    st.sampled_from(sorted(THRESHOLDS)),
)  # fmt: skip
def test_mt_13_the_short_cut_hides_no_alert_of_a_steady_home(
    total: int, low: int, usual: int, usual_low: int, resource: str
) -> None:
    thresholds = THRESHOLDS[resource]
    today, before = use(total, low), [use(usual, usual_low)] * 8
    if alerts.quiet(today, usual, usual_low, thresholds):
        assert FOR not in {signal.says for signal in signals(today, before, thresholds).values()}


# --- states ---------------------------------------------------------------------------------------------------------


def test_mt_13_every_state_knows_every_word_of_a_day() -> None:
    open_edges = {(edge.source, edge.trigger) for edge in alerts.ALERT if edge.source != NEW}
    assert open_edges == set(itertools.product(OPEN, alerts.TRIGGERS.values()))
    assert set(alerts.TRIGGERS) == set(itertools.product((FOR, AGAINST, SILENT), (True, False)))
    assert alerts.ALERT.states == {*OPEN, CLEARED, DROPPED}


@pytest.mark.parametrize(
    ("days", "states"),
    [
        ("ff", [WATCHED, RAISED]),
        ("f.f", [WATCHED, WATCHED, RAISED]),
        ("faff", [WATCHED, DROPPED, WATCHED, RAISED]),
        ("ffff", [WATCHED, RAISED, RAISED, RAISED]),
        ("ff.aa", [WATCHED, RAISED, RAISED, EASING, CLEARED]),
        ("ffafaa", [WATCHED, RAISED, EASING, RAISED, EASING, CLEARED]),
        ("ffa..a", [WATCHED, RAISED, EASING, EASING, EASING, CLEARED]),
        ("a.a", [None, None, None]),
    ],
)
def test_mt_13_states_of_an_alert(days: str, states: list[str | None]) -> None:
    threshold = Threshold(Decimal(1), Decimal(1), 1, raise_after=2, clear_after=2)
    alert: Alert | None = None
    found = []
    for day in days:
        alert = transition(alert, {"f": FOR, "a": AGAINST, ".": SILENT}[day], threshold)
        found.append(alert.state if alert else None)
        if alert is not None and alert.state not in OPEN:
            alert = None
    assert found == states


def test_mt_13_one_day_may_be_enough_both_ways() -> None:
    threshold = Threshold(Decimal(1), Decimal(1), 1, raise_after=1, clear_after=1)
    raised = transition(None, FOR, threshold)
    assert raised == Alert(RAISED, 0)
    cleared = transition(raised, AGAINST, threshold)
    assert cleared is not None and cleared.state == CLEARED


@given(st.lists(st.sampled_from([FOR, AGAINST, SILENT]), max_size=40), st.integers(1, 4), st.integers(1, 4))
def test_mt_13_an_alert_is_raised_and_cleared_in_turn(
    days: list[str], raise_after: int, clear_after: int
) -> None:
    threshold = Threshold(Decimal(1), Decimal(1), 1, raise_after=raise_after, clear_after=clear_after)
    alert: Alert | None = None
    told = []
    for word in days:
        before = alert.state if alert else None
        alert = transition(alert, word, threshold)
        state = alert.state if alert else None
        if state == RAISED and before not in (RAISED, EASING):
            told.append(RAISED)
        if state == CLEARED:
            told.append(CLEARED)
        if state not in OPEN:
            alert = None
    assert told == [RAISED, CLEARED] * (len(told) // 2) + [RAISED] * (len(told) % 2)


# --- the whole ------------------------------------------------------------------------------------------------------

PLAIN = [0, *[10 + slot % 7 for slot in range(47)]]
LEAKING = [amount + 3 for amount in PLAIN]
NUMBER = "7400000001"


@pytest.fixture
def water(world: World) -> Checking:
    """Three plain weeks of hot water, told day by day."""
    found = Checking(world, "W1", USTEK, number=NUMBER, resource="hot_water")
    for number in range(21):
        live(found, number, PLAIN)
    assert told(world) == []
    return found


def live(one: Checking, number: int, amounts: Sequence[int | None]) -> None:
    """A day passes, and its data comes in the next morning."""
    day = MONDAY + timedelta(days=number)
    one.at(f"{(day + timedelta(days=1)).isoformat()}T07:00:00")
    one.send(day, amounts)
    one.run()


def told(world: World) -> list[tuple[str, str]]:
    rows = world.rows(
        "select routing_key, body from outbox where routing_key like 'usage_alert%' order by id"
    )
    return [
        (row["routing_key"].removeprefix("usage_alert_"), json.loads(row["body"])["kind"]) for row in rows
    ]


def seen(one: Checking, who: Subject, **asked: Any) -> list[dict[str, Any]]:
    request = {"account": None, "cleared": False, "limit": 50} | asked
    with one.world.database.snapshot() as tx:
        return list(shown.usage_alerts(one.world.call(tx, who), typed(shown.usage_alerts, request))["alerts"])


def test_mt_13_a_leak_is_told_once_and_clears_itself(water: Checking) -> None:
    who = water.world.person(NUMBER, USTEK)
    live(water, 21, LEAKING)
    assert told(water.world) == [("raised", LEAK)]
    [alert] = seen(water, who)
    assert (alert["kind"], alert["state"], alert["serial"], alert["cleared_at"]) == (
        LEAK,
        "raised",
        "W1",
        None,
    )
    assert (alert["found"], alert["usual"]) == (Decimal("0.006"), 0)
    assert alert["first_day"] == MONDAY + timedelta(days=21)
    live(water, 22, LEAKING)
    live(water, 23, LEAKING)
    assert told(water.world) == [("raised", LEAK)]
    live(water, 24, PLAIN)
    assert told(water.world) == [("raised", LEAK), ("cleared", LEAK)]
    assert seen(water, who) == []
    [alert] = seen(water, who, cleared=True)
    assert alert["state"] == "cleared" and alert["last_day"] == MONDAY + timedelta(days=24)
    live(water, 25, LEAKING)
    assert told(water.world)[2:] == [("raised", LEAK)]
    assert len({event["alert"] for event in water.world.announced("usage_alert_raised")}) == 2


def test_mt_13_running_again_tells_nothing_again(water: Checking) -> None:
    live(water, 21, LEAKING)
    assert water.run() == 0
    # The day comes again with one value corrected: it was told of already.
    water.at("2026-10-27T12:00:00")
    water.send(MONDAY + timedelta(days=21), [LEAKING[0], 25, *LEAKING[2:]])
    water.run()
    assert told(water.world) == [("raised", LEAK)]


def test_mt_13_a_day_that_is_mostly_estimated_says_nothing(water: Checking) -> None:
    live(water, 21, [*LEAKING[:20], *[None] * 28])
    assert told(water.world) == []
    live(water, 22, LEAKING)
    assert told(water.world) == [("raised", LEAK)]
    live(water, 23, [*PLAIN[:20], *[None] * 28])
    assert told(water.world) == [("raised", LEAK)]


def test_mt_13_history_that_is_handed_in_tells_nobody(world: World) -> None:
    one = Checking(world, "W1", USTEK, number=NUMBER, resource="hot_water")
    one.at("2027-03-01T12:00:00")
    one.send(MONDAY, *[PLAIN] * 14, *[LEAKING] * 3)
    one.run()
    assert told(world) == []


def test_mt_13_whose_account_it_is_not_sees_nothing(water: Checking) -> None:
    live(water, 21, LEAKING)
    stranger = water.world.person("7400000099", USTEK)
    assert seen(water, stranger) == []
    account = account_id(USTEK, NUMBER)
    assert refused(lambda: seen(water, stranger, account=account)).code == "not_found"
    payer = water.world.person(NUMBER, USTEK, ("pay",))
    assert refused(lambda: seen(water, payer, account=account)).code == "not_found"
    assert len(seen(water, water.world.person(NUMBER, USTEK), account=account)) == 1


def test_mt_13_nothing_at_all_and_a_surge_of_electricity(world: World) -> None:
    one = Checking(world, number=NUMBER)
    home = [150 + 7 * slot % 89 for slot in range(48)]
    for number in range(15):
        live(one, number, home)
    for number in (15, 16):
        live(one, number, [0] * 48)
    assert told(world) == [("raised", NOTHING)]
    live(one, 17, home)
    assert told(world)[1:] == [("cleared", NOTHING)]
    for number in (18, 21):
        live(one, number, [4 * amount if slot else amount for slot, amount in enumerate(home)])
        if number == 18:
            live(one, 19, home)
            live(one, 20, home)
    assert told(world)[2:] == []
    live(one, 22, [4 * amount if slot else amount for slot, amount in enumerate(home)])
    assert told(world)[2:] == [("raised", SURGE)]

"""Checking on a real database: what is taken up, when, once, and what it leaves (MT-9)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.metering import views
from services.metering.domain.vee import findings, marks
from services.metering.handlers import vee
from services.metering.views import checking as shown_to_staff
from tests.metering.checking_world import OPERATOR, Checking
from tests.metering.world import SERVICE, World, account_id, refused
from tests.support_code.requests import typed

MONDAY = date(2026, 11, 2)
PLAIN: list[int | None] = [150 + 7 * slot % 89 for slot in range(48)]
TOTAL = sum(amount or 0 for amount in PLAIN)


def without(*slots: int, base: list[int | None] = PLAIN) -> list[int | None]:
    return [None if slot in slots else amount for slot, amount in enumerate(base)]


def nth(number: int) -> date:
    return MONDAY + timedelta(days=number)


@pytest.fixture
def checking(world: World) -> Checking:
    """A meter with ten plain days, all checked, on the morning after."""
    found = Checking(world)
    found.at("2026-11-12T07:00:00")
    found.send(MONDAY, *[PLAIN] * 10)
    assert found.run() == 10
    return found


def test_mt_9_clean_days_count_as_they_came(checking: Checking) -> None:
    day = checking.day(nth(9))
    assert (day["amounts"], day["marks"], day["passed"]) == (PLAIN, [marks.VALIDATED] * 48, True)
    assert checking.findings() == [] and checking.run() == 0


def test_mt_9_a_complete_day_is_checked_at_once_another_when_late_data_had_its_time(
    checking: Checking,
) -> None:
    checking.at("2026-11-13T00:30:00")
    checking.send(nth(10), without(3, 4))
    assert checking.run() == 0
    day = checking.day(nth(10))
    # Not checked yet: as it came, and null where nothing did.
    assert (day["marks"][2:6], day["passed"], day["version"]) == ([14, None, None, 14], False, None)
    checking.at("2026-11-13T05:59:00")
    assert checking.run() == 0
    checking.at("2026-11-13T06:01:00")
    assert checking.run() == 1
    day = checking.day(nth(10))
    assert (day["marks"][2:6], day["passed"], day["version"]) == ([17, 9, 9, 17], True, 1)
    assert checking.findings() == [(nth(10), findings.MISSING, 3, 4)]


def test_mt_9_late_data_takes_the_place_of_an_estimate_and_the_old_version_is_kept(
    checking: Checking,
) -> None:
    checking.at("2026-11-13T07:00:00")
    checking.send(nth(10), without(*range(20, 40)))
    checking.run()
    before = checking.day(nth(10))
    assert before["marks"].count(marks.LIKE_DAY) == 20
    checking.at("2026-11-13T09:00:00")
    checking.send(nth(10), PLAIN)
    # Not looked at yet: what came counts, without a quality.
    assert checking.day(nth(10))["marks"] == [14] * 48
    checking.at("2026-11-13T09:01:00")
    assert checking.run() == 1
    after = checking.day(nth(10))
    assert (after["amounts"], after["marks"], after["version"]) == (PLAIN, [17] * 48, 2)
    old, new = checking.versions(nth(10))[::-1]
    assert (old["amounts"], old["version"], new["version"]) == (before["amounts"], 1, 2)
    assert old["replaced_at"] is not None and new["replaced_at"] is None
    assert checking.findings() == [] and checking.findings(ended=True) == [
        (nth(10), findings.MISSING, 20, 39)
    ]
    assert checking.world.day(checking.meter, nth(10).isoformat()) == PLAIN


def test_mt_9_a_corrected_day_is_checked_again(checking: Checking) -> None:
    checking.at("2026-11-12T09:00:00")
    checking.send(nth(8), [9_000, *PLAIN[1:]])
    checking.run()
    assert checking.findings() == [(nth(8), findings.SPIKE, 0, 0)] and not checking.day(nth(8))["passed"]
    checking.at("2026-11-12T10:00:00")
    checking.send(nth(8), PLAIN)
    checking.run()
    assert checking.findings() == [] and checking.day(nth(8))["passed"]


def test_mt_9_days_of_which_nothing_came_are_found_and_estimated(checking: Checking) -> None:
    checking.at("2026-11-15T05:00:00")
    checking.run()
    # The 14th is not over for so long that late data had its time.
    assert [checking.day(nth(number)) is None for number in (10, 11, 12)] == [False, False, True]
    for number in (10, 11):
        day = checking.day(nth(number))
        assert set(day["marks"]) == {marks.LIKE_DAY} and day["passed"]
    assert checking.findings() == [(nth(number), findings.MISSING, 0, 47) for number in (10, 11)]
    assert checking.run() == 0
    checking.at("2026-11-15T08:00:00")
    checking.send(nth(10), PLAIN)
    checking.run()
    assert checking.day(nth(10))["marks"] == [17] * 48


def test_mt_9_a_meter_that_stays_silent_is_not_estimated_for_ever(checking: Checking) -> None:
    for month in (12, 1, 2):
        checking.at(f"{2026 if month == 12 else 2027}-{month:02d}-20T12:00:00")
        checking.run()
    days = checking.world.rows("select max(day) as last, count(*) as days from interval_day_checked")[0]
    assert (days["last"], days["days"]) == (nth(9) + timedelta(days=35), 45)


def test_mt_9_registers_that_enclose_a_gap_give_its_sum(checking: Checking) -> None:
    checking.at("2026-11-13T07:00:00")
    checking.register(nth(10), "100.000")
    checking.register(nth(11), f"{100 + (TOTAL + 5_000) / 1000:.3f}")
    checking.send(nth(10), without(*range(10, 30)))
    checking.run()
    day = checking.day(nth(10))
    assert sum(day["amounts"]) == TOTAL + 5_000 and day["passed"]
    assert checking.findings() == [(nth(10), findings.MISSING, 10, 29)]


def test_mt_9_a_register_that_comes_late_corrects_estimates(checking: Checking) -> None:
    checking.register(nth(10), "100.000")
    checking.at("2026-11-15T07:00:00")
    checking.send(nth(10), without(*range(10, 30)), PLAIN)
    checking.send(nth(12), PLAIN)
    checking.run()
    first = checking.day(nth(10))
    checking.at("2026-11-15T12:00:00")
    checking.register(nth(13), f"{100 + (3 * TOTAL + 700) / 1000:.3f}")
    checking.run()
    days = [checking.day(nth(number)) for number in (10, 11, 12)]
    assert sum(sum(day["amounts"]) for day in days) == 3 * TOTAL + 700
    assert days[0]["version"] == 2 != first["amounts"] and all(day["passed"] for day in days)
    assert [day["version"] for day in days[1:]] == [1, 1]
    assert checking.run() == 0


def test_mt_9_a_sum_that_differs_from_the_registers_does_not_pass(checking: Checking) -> None:
    checking.at("2026-11-13T07:00:00")
    checking.register(nth(10), "100.000")
    checking.register(nth(11), f"{100 + (TOTAL + 3_000) / 1000:.3f}")
    checking.send(nth(10), PLAIN)
    checking.run()
    assert checking.findings() == [(nth(10), findings.SUM, 0, 47)]
    assert set(checking.day(nth(10))["marks"]) == {marks.QUESTIONABLE}
    # The reading is corrected: all is well.
    checking.at("2026-11-13T08:00:00")
    checking.register(nth(11), f"{100 + TOTAL / 1000:.3f}")
    checking.run()
    assert checking.findings() == [] and checking.day(nth(10))["passed"]


def test_mt_9_a_day_whose_end_was_unknown_is_estimated_again_when_the_next_one_is_there(
    checking: Checking,
) -> None:
    checking.at("2026-11-13T07:00:00")
    checking.send(nth(10), without(*range(44, 48)))
    checking.run()
    before = checking.day(nth(10))
    checking.at("2026-11-14T07:00:00")
    checking.send(nth(11), [700, *PLAIN[1:]])
    assert checking.run() == 2
    after = checking.day(nth(10))
    assert after["amounts"][47] > before["amounts"][47] + 50 and after["version"] == 2


def test_mt_9_a_page_that_fails_is_still_due(checking: Checking, monkeypatch: pytest.MonkeyPatch) -> None:
    checking.at("2026-11-13T07:00:00")
    checking.send(nth(10), without(5))

    def broken(*_: Any) -> None:
        raise RuntimeError("the lights went out")

    with monkeypatch.context() as patched:
        patched.setattr(vee.store, "save_channels", broken)
        with pytest.raises(RuntimeError):
            checking.run()
    assert checking.day(nth(10))["version"] is None
    assert checking.run() == 1 and checking.day(nth(10))["version"] == 1
    assert checking.findings() == [(nth(10), findings.MISSING, 5, 5)]


def test_mt_9_pages_of_one_come_to_the_same(world: World) -> None:
    days = [
        PLAIN,
        without(3),
        PLAIN,
        without(*range(10, 40)),
        [9_000, *PLAIN[1:]],
        PLAIN,
        PLAIN,
        PLAIN,
        PLAIN,
    ]
    seen = []
    for serial, most, moment in (("M1", 1, "05:00:00"), ("M2", 1_000, "05:05:00")):
        one = Checking(world, serial)
        one.at(f"2026-11-11T{moment}")
        one.send(MONDAY, *days)
        one.run(most)
        # A page that holds more of a channel has more like days to estimate from: amounts may differ, marks may not.
        seen.append([day["marks"] for day in map(one.day, map(nth, range(9)))])
        assert one.day(nth(9)) is None
    assert seen[0] == seen[1]


def test_mt_9_what_arrived_while_the_clock_was_ahead_is_noticed(checking: Checking) -> None:
    checking.at("2027-03-01T12:00:00")
    checking.send(nth(10), PLAIN)
    checking.at("2026-11-14T12:00:00")
    checking.send(nth(11), PLAIN)
    checking.run()
    assert checking.day(nth(11))["marks"] == [17] * 48


# --- editing --------------------------------------------------------------------------------------------------------


def test_mt_9_an_operator_edits_with_a_reason_and_the_old_version_stays(checking: Checking) -> None:
    answer = checking.edit(nth(9), {0: 111, 1: 222}, reason="seen on the display")
    assert (answer["version"], answer["passed"], answer["amounts"][:3]) == (2, True, [111, 222, PLAIN[2]])
    assert answer["marks"][:3] == [marks.EDITED, marks.EDITED, marks.VALIDATED]
    world = checking.world
    with world.database.snapshot() as tx:
        shown = shown_to_staff.day(world.call(tx, OPERATOR), checking.meter, "1.29.0", nth(9))
    assert [version["version"] for version in shown["versions"]] == [2, 1]
    assert shown["versions"][1]["amounts"] == PLAIN
    [edit] = shown["edits"]
    assert (edit["person"], edit["reason"]) == (OPERATOR.id, "seen on the display")
    assert edit["values"] == {"0": 111, "1": 222} and edit["edited_at"] == world.now
    assert world.day(checking.meter, nth(9).isoformat()) == PLAIN


def test_mt_9_an_edit_outlives_new_raw_data_until_it_is_withdrawn(checking: Checking) -> None:
    checking.edit(nth(9), {0: 111})
    checking.at("2026-11-12T09:00:00")
    checking.send(nth(9), [170, 171, *PLAIN[2:]])
    checking.run()
    day = checking.day(nth(9))
    assert day["amounts"][:2] == [111, 171] and day["marks"][:2] == [7, 17]
    checking.edit(nth(9), {0: None}, version=day["version"])
    assert checking.day(nth(9))["amounts"][0] == 170


def test_mt_9_a_value_in_doubt_passes_once_an_operator_confirms_it(checking: Checking) -> None:
    checking.at("2026-11-12T09:00:00")
    checking.send(nth(8), [9_000, *PLAIN[1:]])
    checking.run()
    assert not checking.day(nth(8))["passed"]
    assert checking.edit(nth(8), {0: 9_000}, version=2)["passed"] and checking.findings() == []


def test_mt_9_edits_that_cannot_be(checking: Checking) -> None:
    assert refused(lambda: checking.edit(nth(9), {48: 1})).code == "validation_failed"
    assert refused(lambda: checking.edit(nth(9), {1: 1}, version=7)).code == "interval_day_changed"
    assert refused(lambda: checking.edit(nth(20), {1: 1})).code == "not_found"
    assert checking.day(nth(9))["version"] == 1
    assert checking.world.rows("select 1 from interval_edit") == []


def test_mt_9_findings_are_listed_page_by_page_with_filters(checking: Checking) -> None:
    checking.at("2026-11-13T07:00:00")
    checking.send(nth(10), [9_000, *without(5, 7, 9)[1:]])
    checking.run()
    world = checking.world

    def listed(**asked: Any) -> dict[str, Any]:
        request = {
            "provider": "uralenergosbyt", "rule": None, "meter": None, "serial": None, "first_day": None,
            "last_day": None, "cursor": None, "limit": 50,
        } | asked  # fmt: skip
        with world.database.snapshot() as tx:
            return shown_to_staff.findings(world.call(tx, OPERATOR), typed(shown_to_staff.findings, request))

    assert len(listed()["findings"]) == 4 and listed()["next"] is None
    assert [one["rule"] for one in listed(rule="spike")["findings"]] == ["spike"]
    first = listed(limit=3)
    rest = listed(limit=3, cursor=first["next"])
    assert len(first["findings"]) == 3 and len(rest["findings"]) == 1 and rest["next"] is None
    assert listed(provider="ustek-chelyabinsk")["findings"] == [] == listed(last_day=nth(9))["findings"]
    assert len(listed(serial="M1", meter=checking.meter, first_day=nth(10))["findings"]) == 4


# --- billing uses only what passed ----------------------------------------------------------------------------------


def quantities(checking: Checking, period: str) -> list[dict[str, Any]]:
    world = checking.world
    zone = world.tools.core["uralenergosbyt"].zone
    with world.database.snapshot() as tx:
        call = world.call(tx, SERVICE)
        accounts = [account_id("uralenergosbyt", "7400000001")]
        return list(views.quantities(call, "uralenergosbyt", period, accounts, zone)["quantities"])


def test_mt_9_intervals_that_passed_stand_in_for_a_closing_reading(world: World) -> None:
    one = Checking(world)
    one.at("2026-12-01T07:00:00")
    first = date(2026, 11, 1)
    one.register(first, "100.000")
    one.send(first, *[PLAIN] * 29, without(4, 5))
    [row] = quantities(one, "2026-11")
    assert row["closing"] is None and row["consumption"] is None
    one.run()
    [row] = quantities(one, "2026-11")
    total = Decimal(sum(sum(one.day(first + timedelta(days=n))["amounts"]) for n in range(30))) / 1000
    assert (row["consumption"], row["closing"]) == (total, 100 + total)
    assert (row["closing_source"], row["estimated_intervals"]) == ("ami", 2)
    # One value in doubt, and billing goes without.
    one.at("2026-12-01T08:00:00")
    one.send(date(2026, 11, 20), [9_000, *PLAIN[1:]])
    assert quantities(one, "2026-11")[0]["closing"] is None
    one.run()
    assert quantities(one, "2026-11")[0]["closing"] is None
    one.edit(date(2026, 11, 20), {0: 200}, version=2)
    assert quantities(one, "2026-11")[0]["closing"] is not None
    # The reading itself comes before any sum.
    one.register(date(2026, 12, 1), "450.000")
    [row] = quantities(one, "2026-11")
    assert (row["closing"], row["estimated_intervals"]) == (Decimal("450.000"), None)


def test_mt_9_a_gap_at_an_end_of_the_month_gives_billing_nothing(world: World) -> None:
    one = Checking(world)
    one.at("2026-12-01T02:00:00")
    one.register(date(2026, 11, 1), "100.000")
    one.send(date(2026, 11, 1), *[PLAIN] * 29)
    one.run()
    assert quantities(one, "2026-11")[0]["closing"] is None

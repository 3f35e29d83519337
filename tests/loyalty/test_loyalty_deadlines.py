"""A missed deadline burns the points that can burn (LY-2)."""

from __future__ import annotations

import pytest

from contracts.events.billing import DeliveryChanged
from services.loyalty.handlers import bills, readings, registration, reviewing
from tests.loyalty.world import World, account, bill, confirmed, linked, moment, opened, paid, reading


def well_off(world: World) -> str:
    """A member with 10 lasting points, 5 of September and 1 of October."""
    one = account()
    world.do(registration.account_linked, linked("p", one))
    world.do(registration.contact_confirmed, confirmed("p"))
    world.do(bills.bill_issued, bill(one, "2026-09", at="2026-10-05T04:00", due="2026-10-15"))
    world.do(bills.payment_posted, paid(one, "2026-10-10T00:00"))
    world.do(readings.reading_accepted, reading(one, "2026-10"))
    assert world.standing(one) == (16, "ideal")
    return one


def test_ly2_a_missed_deadline_burns_by_the_providers_own_day(world: World) -> None:
    one = well_off(world)
    world.do(bills.bill_issued, bill(one))
    world.now = moment("2026-11-15T18:59")  # still the 15th in Yekaterinburg
    assert world.do(reviewing.burn_missed, "ural") == 0
    world.now = moment("2026-11-15T19:00")
    assert world.do(reviewing.burn_missed, "kyiv") == 0
    assert world.do(reviewing.burn_missed, "ural") == 1
    assert world.do(reviewing.burn_missed, "ural") == 0
    assert world.outcome(one, "2026-10") == "missed"
    assert world.standing(one) == (10, "responsible")
    assert world.journal(one)[("burn", "2026-09")] == -5
    assert world.journal(one)[("burn", "2026-10")] == -1
    burned = world.announced("points_awarded")[-1]
    assert (burned["criterion"], burned["awarded"], burned["period"]) == ("burn", -6, "2026-10")
    assert (burned["points"], burned["level"]) == (10, "responsible")
    assert world.announced("level_changed")[-1]["previous"] == "ideal"


def test_ly2_who_pays_in_time_or_owes_nothing_loses_nothing(world: World) -> None:
    paying, covered = well_off(world), account()
    world.do(bills.bill_issued, bill(paying))
    world.do(bills.payment_posted, paid(paying, "2026-11-15T10:00", channel="bank"))
    world.do(bills.bill_issued, bill(covered, to_pay="0"))
    assert world.do(reviewing.burn_missed, "ural") == 0
    assert world.standing(paying) == (19, "ideal")


def test_ly2_a_payment_too_late_does_not_hide_the_missed_deadline(world: World) -> None:
    """Even if it comes before the job has looked."""
    one = well_off(world)
    world.do(bills.bill_issued, bill(one))
    world.do(bills.payment_posted, paid(one, "2026-11-15T19:01"))
    assert world.do(reviewing.burn_missed, "ural") == 1
    assert world.standing(one) == (10, "responsible")


def test_ly2_news_of_a_payment_in_time_give_the_burned_points_back(world: World) -> None:
    """The bank's register comes days later; the money was there in time."""
    one = well_off(world)
    world.do(bills.bill_issued, bill(one))
    world.do(reviewing.burn_missed, "ural")
    in_time = paid(one, "2026-11-15T10:00", posted="2026-11-19T10:00", channel="bank")
    for _ in range(2):
        world.do(bills.payment_posted, in_time)
    assert world.outcome(one, "2026-10") == "in_time"
    assert world.standing(one) == (19, "ideal")
    assert world.journal(one)[("burn_undone", "2026-09")] == 5
    undone = [e for e in world.announced("points_awarded") if e["criterion"] == "burn_undone"]
    assert [(event["awarded"], event["points"], event["period"]) for event in undone] == [(6, 19, "2026-10")]
    assert world.do(reviewing.burn_missed, "ural") == 0


def test_ly2_each_missed_deadline_burns_what_was_earned_since(world: World) -> None:
    one = well_off(world)
    world.do(bills.bill_issued, bill(one))
    world.do(reviewing.burn_missed, "ural")
    world.do(readings.reading_accepted, reading(one, "2026-10"))  # was given before: not again
    world.do(readings.reading_accepted, reading(one, "2026-11"))
    email = DeliveryChanged(account=one, provider="ural", at=moment("2026-11-01T00:00"), delivery="email")
    world.do(bills.delivery_changed, email)
    assert world.standing(one)[0] == 12  # paperless for the missed bill's period came after its burn
    world.do(bills.bill_issued, bill(one, "2026-11", at="2026-12-05T04:00", due="2026-12-15", to_pay="600"))
    world.now = moment("2026-12-16T10:00")
    world.do(reviewing.burn_missed, "ural")
    assert world.standing(one) == (10, "responsible")
    assert world.journal(one)[("burn", "2026-10")] == -2
    assert world.journal(one)[("burn", "2026-11")] == -2


def test_ly2_a_burn_leaves_the_window_together_with_what_it_burned(world: World) -> None:
    one = well_off(world)
    world.do(bills.bill_issued, bill(one))
    world.do(reviewing.burn_missed, "ural")
    for month in ("2027-03", "2027-04", "2027-05"):
        world.now = moment(f"{month}-10T00:00")
        period = f"2027-{int(month[5:]) - 1:02d}"
        world.do(reviewing.review, "ural", period)
        assert world.standing(one) == (10, "responsible")


def test_ly2_many_accounts_in_short_transactions(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = [account() for _ in range(7)]
    for one in accounts:
        world.do(bills.account_opened, opened(one))
        world.do(readings.reading_accepted, reading(one, "2026-10"))
        world.do(bills.bill_issued, bill(one))
    monkeypatch.setattr(reviewing, "MISSED_AT_ONCE", 3)
    looked = [world.do(reviewing.burn_missed, "ural") for _ in range(4)]
    assert looked == [3, 3, 1, 0]
    assert {world.standing(one) for one in accounts} == {(0, "beginner")}

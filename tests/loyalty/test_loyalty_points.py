"""Events become points on a real database: once, whatever their order and number (LY-1, LY-2, LY-4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import eventlet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2 import DatabaseError

from authorisation import access
from contracts.events.billing import AccountOpened, BillIssued, DeliveryChanged, PaymentPosted
from contracts.events.identity import AccountUnlinked
from contracts.events.metering import AutomatedReadingsStored
from services.loyalty.handlers import bills, readings, registration
from tests.loyalty.world import World, account, bill, confirmed, linked, moment, opened, paid, reading

HANDLERS: dict[type, Callable[..., Any]] = {
    AccountOpened: bills.account_opened,
    DeliveryChanged: bills.delivery_changed,
    BillIssued: bills.bill_issued,
    PaymentPosted: bills.payment_posted,
}


# --- taking part ----------------------------------------------------------------------------------------------------


def test_ly1_every_account_takes_part_without_asking(world: World) -> None:
    one = account()
    world.do(bills.account_opened, opened(one))
    world.do(bills.account_opened, opened(one))
    assert world.standing(one) == (0, "beginner")
    assert world.announced("level_changed") == []


def test_ly1_no_programme_no_member(world: World) -> None:
    one = account()
    world.do(bills.account_opened, opened(one, provider="plain"))
    world.do(bills.bill_issued, bill(one, provider="plain"))
    world.do(bills.payment_posted, paid(one, "2026-11-10T00:00", provider="plain"))
    world.do(readings.reading_accepted, reading(one, provider="plain"))
    world.do(registration.account_linked, linked("p", one, provider="plain"))
    world.do(registration.contact_confirmed, confirmed("p"))
    assert world.journal(one) == {}
    with world.transaction() as tx:
        assert tx.value("select count(*) from member") == 0
        assert tx.value("select count(*) from access") == 1


# --- registration ---------------------------------------------------------------------------------------------------


def test_ly2_registration_and_email_in_either_order_once_an_account(world: World) -> None:
    first, second = account(), account()
    world.do(registration.account_linked, linked("p", first))
    assert world.journal(first) == {}
    world.do(registration.contact_confirmed, confirmed("p", "phone"))
    assert world.journal(first) == {}
    world.do(registration.contact_confirmed, confirmed("p"))
    world.do(registration.account_linked, linked("p", second))
    for one in (first, second):
        assert world.journal(one) == {("registration_and_email", ""): 10}
        assert world.standing(one) == (10, "responsible")
    # Another address, another person, again and again: nothing more.
    world.do(registration.contact_confirmed, confirmed("p"))
    world.do(registration.contact_confirmed, confirmed("q"))
    world.do(registration.account_linked, linked("q", first))
    assert world.standing(first) == (10, "responsible")
    awarded = world.announced("points_awarded")
    assert [(event["account"], event["awarded"]) for event in awarded] == [(first, 10), (second, 10)]
    assert "period" not in awarded[0] or awarded[0]["period"] is None
    changed = world.announced("level_changed")
    assert [(event["previous"], event["level"]) for event in changed] == [("beginner", "responsible")] * 2


def test_ly2_who_no_longer_has_the_account_earns_nothing_for_it(world: World) -> None:
    one = account()
    world.do(registration.account_linked, linked("p", one))
    gone = AccountUnlinked(person="p", at=moment("2026-11-01T12:00"), account=one)
    world.do(lambda call, tools, event: access.end_link(call.tx, event), gone)
    world.do(registration.contact_confirmed, confirmed("p"))
    assert world.journal(one) == {}
    # The link's event once more, late: it has ended.
    world.do(registration.account_linked, linked("p", one))
    assert world.journal(one) == {}


def test_ly2_a_link_and_an_email_at_the_same_moment_see_each_other(world: World) -> None:
    for number in range(8):
        one, person = account(), f"p{number}"
        tasks = [
            eventlet.spawn(world.do, registration.account_linked, linked(person, one)),
            eventlet.spawn(world.do, registration.contact_confirmed, confirmed(person)),
        ]
        for task in tasks:
            task.wait()
        assert world.journal(one) == {("registration_and_email", ""): 10}


# --- readings -------------------------------------------------------------------------------------------------------


def test_ly2_readings_in_time_once_a_period(world: World) -> None:
    one = account()
    world.do(readings.reading_accepted, reading(one, in_time=False))
    assert world.journal(one) == {}
    for _ in range(2):
        world.do(readings.reading_accepted, reading(one))
    world.do(readings.reading_accepted, reading(one, "2026-10"))
    assert world.journal(one) == {("readings_in_time", "2026-10"): 1, ("readings_in_time", "2026-11"): 1}
    assert world.standing(one) == (2, "beginner")
    assert len(world.announced("points_awarded")) == 2


def test_ly2_an_automated_meter_is_in_time(world: World) -> None:
    one = account()
    stored = AutomatedReadingsStored(
        account=one, provider="ural", meter="m", serial="s", period="2026-10", at=moment("2026-11-01T01:00")
    )
    world.do(readings.automated_readings_stored, stored)
    world.do(readings.reading_accepted, reading(one, "2026-10"))
    assert world.journal(one) == {("readings_in_time", "2026-10"): 1}


def test_ly3_points_of_a_period_before_the_window_are_kept_but_do_not_count(world: World) -> None:
    one = account()
    world.do(readings.reading_accepted, reading(one, "2026-04"))
    world.do(readings.reading_accepted, reading(one, "2026-05"))
    assert len(world.journal(one)) == 2
    assert world.standing(one)[0] == 1


# --- bills and payments ---------------------------------------------------------------------------------------------


def test_ly4_the_last_day_is_the_providers_own(world: World) -> None:
    """18:59 UTC on the 15th is 23:59 in Yekaterinburg; a minute later it is the 16th there, and not in Kyiv."""
    in_time, late, elsewhere = account(), account(), account()
    for one, at, provider in (
        (in_time, "2026-11-15T18:59", "ural"),
        (late, "2026-11-15T19:00", "ural"),
        (elsewhere, "2026-11-15T19:00", "kyiv"),
    ):
        world.do(bills.bill_issued, bill(one, provider=provider))
        world.do(bills.payment_posted, paid(one, at, channel="bank", provider=provider))
    assert world.journal(in_time) == {("payment_in_time", "2026-10"): 3}
    assert world.journal(late) == {}
    assert world.journal(elsewhere) == {("payment_in_time", "2026-10"): 3}
    assert world.outcome(in_time, "2026-10") == "in_time"
    assert world.outcome(late, "2026-10") == "open"


def test_ly4_all_that_a_bill_can_give(world: World) -> None:
    one = account()
    world.do(bills.account_opened, opened(one, "email"))
    world.do(bills.payment_posted, paid(one, "2026-10-20T10:00", balance="-300"))
    world.do(bills.bill_issued, bill(one, to_pay="0", early="2026-11-01"))
    assert world.journal(one) == {
        ("payment_in_time", "2026-10"): 3,
        ("payment_in_cabinet", "2026-10"): 2,
        ("early_payment", "2026-10"): 1,
        ("paperless", "2026-10"): 1,
    }
    assert world.standing(one) == (7, "responsible")
    assert {event["points"] for event in world.announced("points_awarded")} == {7}


def test_ly2_a_covered_bill_without_a_payment_gives_nothing(world: World) -> None:
    one = account()
    world.do(bills.bill_issued, bill(one, to_pay="-20"))
    assert world.journal(one) == {}
    assert world.outcome(one, "2026-10") == "covered"


def test_ly2_one_payment_settles_the_debt_of_months_but_only_the_open_deadline_is_met(world: World) -> None:
    one = account()
    world.do(bills.bill_issued, bill(one, "2026-09", at="2026-10-05T04:00", due="2026-10-15"))
    world.do(bills.bill_issued, bill(one, "2026-10", to_pay="600"))
    world.do(bills.payment_posted, paid(one, "2026-11-10T00:00", amount="600", channel="bank"))
    assert world.journal(one) == {("payment_in_time", "2026-10"): 3}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_ly2_the_order_and_the_number_of_deliveries_do_not_matter(world: World, data: st.DataObject) -> None:
    one = account()
    facts = [
        opened(one, "paper"),
        DeliveryChanged(account=one, provider="ural", at=moment("2026-10-06T00:00"), delivery="email"),
        bill(one, "2026-08", at="2026-09-05T04:00", due="2026-09-15", early="2026-09-01"),
        paid(one, "2026-09-15T10:00", channel="bank"),
        paid(one, "2026-09-20T10:00", balance="-300"),
        bill(one, "2026-09", at="2026-10-05T04:00", due="2026-10-15", early="2026-10-01", to_pay="0"),
        bill(one, "2026-10"),
        paid(one, "2026-11-14T10:00", posted="2026-11-18T10:00", channel="bank"),
        paid(one, "2026-11-16T10:00", balance="1"),
    ]
    order = data.draw(st.permutations(facts + data.draw(st.lists(st.sampled_from(facts), max_size=4))))
    for fact in order:
        world.do(HANDLERS[type(fact)], fact)
    assert world.journal(one) == {
        ("payment_in_time", "2026-08"): 3,
        ("payment_in_time", "2026-09"): 3,
        ("payment_in_cabinet", "2026-09"): 2,
        ("early_payment", "2026-09"): 1,
        ("payment_in_time", "2026-10"): 3,
        ("paperless", "2026-10"): 1,
    }
    assert world.standing(one) == (13, "ideal")


def test_ly2_events_of_one_account_at_the_same_moment_lose_nothing(world: World) -> None:
    for _ in range(5):
        one = account()
        facts = [opened(one, "email"), bill(one), paid(one, "2026-11-10T00:00")]
        tasks = [eventlet.spawn(world.do, HANDLERS[type(fact)], fact) for fact in facts]
        tasks.append(eventlet.spawn(world.do, readings.reading_accepted, reading(one)))
        for task in tasks:
            task.wait()
        assert world.standing(one) == (7, "responsible")
        assert len(world.journal(one)) == 4


def test_ly2_the_journal_is_only_ever_appended_to(world: World) -> None:
    one = account()
    world.do(readings.reading_accepted, reading(one))
    for statement in ("update points_award set points = 100", "delete from points_award"):
        with pytest.raises(DatabaseError, match="appended"), world.transaction() as tx:
            tx.run(statement)

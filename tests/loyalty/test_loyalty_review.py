"""The review in one statement agrees with the plain rules (LY-3, LY-8), and the questions (LY-1, LY-7)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authorisation.access import AccessUnknownError
from authorisation.subject import NOBODY, Subject
from contracts.errors import CabinetError
from services.loyalty import store, views
from services.loyalty.domain.awards import Award, burnable, first_counted, total
from services.loyalty.handlers import bills, readings, registration, reviewing
from tests.loyalty.world import (
    World,
    account,
    add_awards,
    bill,
    confirmed,
    linked,
    moment,
    opened,
    paid,
    reading,
)

PERIODS = [f"2026-{month:02d}" for month in range(1, 13)]
JOURNAL = st.lists(
    st.builds(
        Award,
        st.sampled_from(["payment_in_time", "readings_in_time", "paperless", "burn"]),
        st.sampled_from(["", *PERIODS]),
        st.integers(-4, 9),
        st.booleans(),
        st.sampled_from(["", "2026-03"]),
    ),
    max_size=12,
    unique_by=lambda award: (award.criterion, award.period, award.cause),
)
PLAIN = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@PLAIN
@given(journals=st.lists(JOURNAL, min_size=1, max_size=8), reviewed=st.sampled_from(PERIODS))
def test_ly8_the_statement_counts_what_the_plain_rules_count(
    world: World, journals: list[list[Award]], reviewed: str
) -> None:
    """The whole provider at once, and some accounts alone: the same points and levels as the domain's."""
    programme = world.tools.programmes["ural"]
    first = first_counted(reviewed, programme.window_periods)
    members = {account(): journal for journal in journals}
    expected = {
        one: (total(journal, first), programme.level(total(journal, first)))
        for one, journal in members.items()
    }
    with world.transaction() as tx:
        tx.run("truncate member")
        for one, journal in members.items():
            store.lock_member(tx, one, "ural", "beginner", world.now)
            add_awards(tx, one, journal)
        alone = store.count_points(tx, programme, first, list(members))
    assert {row["account"]: (row["points"], row["level"]) for row in alone} == expected
    assert {one: world.standing(one) for one in members} == expected
    with world.transaction() as tx:
        tx.run("update member set points = 5, level = 'ideal'")
        rows = store.count_all_points(tx, programme, first, "ural")
    assert {one: world.standing(one) for one in members} == expected
    assert rows[0]["members"] == len(members)
    assert rows[0]["changed"] == sum(standing != (5, "ideal") for standing in expected.values())
    moved = {row["account"]: (row["previous"], row["level"]) for row in rows if row["account"]}
    assert moved == {one: ("ideal", level) for one, (_, level) in expected.items() if level != "ideal"}


@PLAIN
@given(journals=st.lists(JOURNAL, min_size=1, max_size=6), first=st.sampled_from(PERIODS))
def test_ly2_the_statement_burns_what_the_plain_rules_burn(
    world: World, journals: list[list[Award]], first: str
) -> None:
    members = {account(): journal for journal in journals}
    with world.transaction() as tx:
        for one, journal in members.items():
            store.lock_member(tx, one, "ural", "beginner", world.now)
            add_awards(tx, one, journal)
            missed = bill(one)
            store.add_bill(
                tx,
                one,
                missed.period,
                provider="ural",
                issued_at=missed.at,
                due_on=missed.due_on,
                early_until=None,
                to_pay=missed.to_pay,
                revision=1,
            )
        today = missed.due_on + timedelta(days=1)
        burned = store.miss_and_burn(tx, list(members), today, first, world.now)
    expected = {one: sum(burnable(journal, first).values()) for one, journal in members.items()}
    assert {row["account"]: row["burned"] for row in burned} == {
        one: points for one, points in expected.items() if points
    }


# --- the review -----------------------------------------------------------------------------------------------------


def test_ly3_levels_fall_at_the_review_when_old_months_leave_the_window(world: World) -> None:
    one, other = account(), account()
    for of in (one, other):
        world.do(bills.bill_issued, bill(of, "2026-05", at="2026-06-05T04:00", due="2026-06-15"))
        world.do(bills.payment_posted, paid(of, "2026-06-10T00:00", channel="bank"))
    world.do(readings.reading_accepted, reading(other, "2026-10"))
    assert world.standing(one) == (3, "promising")
    assert world.do(reviewing.review_due, "ural") is False
    world.now = moment("2026-11-30T19:00")  # December has begun in Yekaterinburg
    assert world.do(reviewing.review_due, "ural") is True
    assert world.do(reviewing.review, "ural", "2026-11") == {
        "provider": "ural",
        "period": "2026-11",
        "first_period": "2026-06",
        "members": 2,
        "changed": 2,
        "levels_changed": 2,
    }
    assert world.standing(one) == (0, "beginner")
    assert world.standing(other) == (1, "beginner")
    fallen = [event for event in world.announced("level_changed") if event["previous"] == "promising"]
    assert {event["account"] for event in fallen} == {one, other}
    again = world.do(reviewing.review, "ural", "2026-11")
    assert (again["changed"], again["levels_changed"]) == (0, 0)
    assert world.do(reviewing.review_due, "ural") is False


@pytest.mark.parametrize(
    ("provider", "period", "code"),
    [
        ("nobody", "2026-10", "unknown_provider"),
        ("plain", "2026-10", "unknown_provider"),
        ("ural", "2026-11", "period_not_over"),
        ("ural", "2026-09", "period_closed"),
    ],
)
def test_ly3_only_the_month_that_has_ended_is_reviewed(
    world: World, provider: str, period: str, code: str
) -> None:
    with pytest.raises(CabinetError) as caught:
        world.do(reviewing.review, provider, period)
    assert caught.value.code == code


def test_ly8_many_level_changes_are_all_announced(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviewing, "EVENTS_AT_ONCE", 4)
    members = [account() for _ in range(10)]
    with world.transaction() as tx:
        for one in members:
            store.lock_member(tx, one, "ural", "beginner", world.now)
            add_awards(tx, one, [Award("payment_in_time", "2026-10", 3)])
    assert world.do(reviewing.review, "ural", "2026-10")["levels_changed"] == 10
    assert {event["account"] for event in world.announced("level_changed")} == set(members)


# --- questions ------------------------------------------------------------------------------------------------------


def test_ly1_overview_of_the_persons_accounts(world: World) -> None:
    mine, other = sorted([account(), account()])
    for one in (mine, other):
        world.do(bills.account_opened, opened(one))
    world.do(registration.account_linked, linked("p", mine))
    world.do(registration.contact_confirmed, confirmed("p"))
    assert world.ask(views.overview, Subject("person", "p")) == {
        "accounts": [
            {
                "account": mine,
                "provider": "ural",
                "points": 10,
                "level": "responsible",
                "rank": 2,
                "next_level": "ideal",
                "points_missing": 2,
            }
        ]
    }
    assert world.ask(views.overview, Subject("person", "q")) == {"accounts": []}
    with pytest.raises(CabinetError, match="unauthenticated"):
        world.ask(views.overview, NOBODY)


def test_ly1_standing_tells_what_each_criterion_gave(world: World) -> None:
    one = account()
    world.do(registration.account_linked, linked("p", one))
    world.do(registration.contact_confirmed, confirmed("p"))
    world.do(readings.reading_accepted, reading(one, "2026-04"))
    world.do(readings.reading_accepted, reading(one, "2026-10"))
    found = world.ask(views.standing, Subject("person", "p"), one)
    assert (found["points"], found["level"], found["first_period"]) == (11, "responsible", "2026-05")
    assert found["levels"][3] == {"level": "ideal", "from": 12}
    criteria = {criterion["criterion"]: criterion for criterion in found["criteria"]}
    assert criteria["registration_and_email"]["lasting"] is True
    assert criteria["registration_and_email"]["periods"][0]["period"] is None
    read = criteria["readings_in_time"]
    assert (read["gives"], read["points"]) == (1, 1)
    assert [(entry["period"], entry["counts"]) for entry in read["periods"]] == [
        ("2026-10", True),
        ("2026-04", False),
    ]
    assert criteria["payment_in_time"]["periods"] == []


def test_ly1_standing_is_for_who_may_see_the_account(world: World) -> None:
    one = account()
    world.do(bills.account_opened, opened(one))
    with pytest.raises(AccessUnknownError):
        world.ask(views.standing, Subject("person", "p"), one)
    with pytest.raises(CabinetError, match="unauthenticated"):
        world.ask(views.standing, NOBODY, one)
    for subject in (Subject("service", "billing"), Subject("person", "s", roles=frozenset({"operator"}))):
        assert world.ask(views.standing, subject, one)["points"] == 0
    with pytest.raises(CabinetError, match="not_found"):
        world.ask(views.standing, Subject("service", "billing"), account())


def test_ly7_standings_page_by_page_for_services_only(world: World) -> None:
    members = sorted(account() for _ in range(5))
    for one in members:
        world.do(bills.account_opened, opened(one))
    support, seen, after = Subject("service", "support"), [], None
    while True:
        page = world.ask(views.standings, support, "ural", after, 2)
        seen += [row["account"] for row in page["standings"]]
        after = page["next"]
        if after is None:
            break
    assert seen == members
    assert page["standings"][0] == {"account": members[4], "points": 0, "level": "beginner", "rank": 0}
    assert world.ask(views.standings, support, "plain", None, 2) == {"standings": [], "next": None}
    for subject in (NOBODY, Subject("person", "s", roles=frozenset({"administrator"}))):
        with pytest.raises(CabinetError):
            world.ask(views.standings, subject, "ural", None, 2)

"""Readings sent by people, on a real database (MT-2, MT-3, MT-4)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from authorisation.subject import NOBODY, Subject
from contracts.identifiers import account_id, new_id
from services.metering import views
from services.metering.handlers import submissions
from tests.metering.world import USTEK, World, local, refused
from tests.support_code.requests import typed

TWO = {"zones": 2, "opening": "1.8.1=100 1.8.2=50"}


def months(world: World, meter: str, *values: str) -> None:
    """A reading on the 20th of each of the months before November 2026, oldest first."""
    now, who = world.now, world.person()
    for number, value in enumerate(values):
        world.now = local(f"2026-{11 - len(values) + number:02d}-20T10:00:00")
        world.submit(who, meter, {"1.8.0": value}, confirmed=True)
    world.now = now


def test_mt2_readings_of_all_zones_are_taken_and_announced(world: World) -> None:
    meter, who = world.meter(**TWO), world.person()
    answer = world.submit(who, meter, {"1.8.1": "160.5", "1.8.2": "50"})
    assert answer["period"] == "2026-11" and answer["in_time"] is True
    assert (answer["source_name"], answer["corrects_earlier"]) == ("cabinet", False)
    [event] = world.announced("reading_accepted")
    expected = {
        "reading": answer["reading"],
        "account": account_id("uralenergosbyt", "7400000001"),
        "provider": "uralenergosbyt",
        "meter": meter,
        "serial": "M1",
        "resource": "electricity",
        "unit": "kWh",
        "period": "2026-11",
        "origin": "cabinet",
        "in_time": True,
        "person": who.id,
    }
    assert {name: event[name] for name in expected} == expected
    assert [(v["register"], v["zone"], v["previous"], v["consumption"]) for v in event["values"]] == [
        ("1.8.1", "day", "100", "60.5"),
        ("1.8.2", "night", "50", "0"),
    ]


@pytest.mark.parametrize(
    ("values", "more", "code"),
    [
        ({"1.8.1": "160"}, {}, "registers_incomplete"),
        ({"1.8.1": "160", "1.8.2": "60", "1.8.3": "1"}, {}, "registers_incomplete"),
        ({"1.8.1": "99.999", "1.8.2": "60"}, {}, "reading_below_last"),
        ({"1.8.1": "160", "1.8.2": "1000000"}, {}, "reading_too_long"),
        ({"1.8.1": "160.1234", "1.8.2": "60"}, {}, "reading_too_precise"),
        ({"1.8.1": "160", "1.8.2": "60"}, {"taken_at": timedelta(minutes=6)}, "reading_in_future"),
    ],
)
def test_mt4_each_rule_refuses_with_its_own_code_and_stores_nothing(
    world: World, values: dict[str, str], more: dict[str, timedelta], code: str
) -> None:
    meter, who = world.meter(**TWO), world.person()
    taken_at = {name: world.now + ahead for name, ahead in more.items()}
    assert refused(lambda: world.submit(who, meter, values, **taken_at)).code == code
    assert world.rows("select 1 from submission") == []
    assert len(world.versions(meter)) == 2
    assert world.announced("reading_accepted") == []


def test_mt4_a_phone_a_few_minutes_ahead_is_no_future(world: World) -> None:
    meter = world.meter(opening="1.8.0=1")
    answer = world.submit(world.person(), meter, {"1.8.0": "2"}, taken_at=world.now + timedelta(minutes=5))
    assert answer["period"] == "2026-11"


def test_mt4_a_correction_inside_the_window_keeps_both_and_only_the_newest_counts(world: World) -> None:
    meter, who = world.meter(opening="1.8.0=100"), world.person()
    world.submit(who, meter, {"1.8.0": "200"})
    world.later(hours=1)
    # Lower than what is corrected, but not below the last month's: that is what a correction is for.
    answer = world.submit(who, meter, {"1.8.0": "150"})
    assert answer["corrects_earlier"] is True
    assert answer["values"][0].consumption == Decimal(50)
    assert world.versions(meter) == [(1, "100", True), (1, "200", False), (1, "150", True)]
    [row] = world.quantities("2026-11")
    assert (row["opening"], row["closing"], row["consumption"]) == (100, 150, 50)
    with world.database.snapshot() as tx:
        request = {"accounts": None, "before": None, "limit": 20}
        shown = views.history(world.call(tx, who), typed(views.history, request))["readings"]
    assert [[(v["value"], v["corrected"]) for v in row["values"]] for row in shown] == [
        [("150", False)],
        [("200", True)],
    ]


def test_mt4_two_corrections_of_the_same_moment_are_three_versions(world: World) -> None:
    meter, who = world.meter(opening="1.8.0=100"), world.person()
    for value in ("110", "120", "130"):
        world.submit(who, meter, {"1.8.0": value}, taken_at=local("2026-11-19T12:00:00"))
    assert world.versions(meter)[1:] == [(1, "110", False), (2, "120", False), (3, "130", True)]


def test_mt2_after_the_window_a_reading_counts_for_the_next_period(world: World) -> None:
    meter, who = world.meter(opening="1.8.0=100"), world.person()
    world.submit(who, meter, {"1.8.0": "150"})
    world.now = local("2026-11-26T00:00:00")
    answer = world.submit(who, meter, {"1.8.0": "170"})
    assert (answer["period"], answer["in_time"], answer["corrects_earlier"]) == ("2026-12", True, False)
    assert answer["values"][0].previous == 150
    assert [world.quantities(period)[0]["consumption"] for period in ("2026-11", "2026-12")] == [50, 20]


def test_mt2_the_window_closes_at_midnight_of_the_providers_zone(world: World) -> None:
    meter, who = world.meter(opening="1.8.0=100"), world.person()
    world.now = local("2026-11-25T23:59:59")
    assert world.submit(who, meter, {"1.8.0": "150"})["period"] == "2026-11"
    world.later(seconds=1)
    assert world.submit(who, meter, {"1.8.0": "151"})["period"] == "2026-12"


def test_mt_2_the_old_readings_are_sent_again_unchanged(world: World) -> None:
    meter = world.meter(zones=2, opening="1.8.1=100.5 1.8.2=50")
    who = world.person()
    world.submit(who, meter, {"1.8.1": "110.25", "1.8.2": "60"})
    world.now = local("2026-12-20T10:00:00")
    answer = world.do(submissions.resubmit, meter, who)
    assert (answer["period"], answer["source"], answer["message"]) == ("2026-12", "cabinet", "reading_taken")
    assert [(v.register, v.value, v.consumption) for v in answer["values"]] == [
        ("1.8.1", Decimal("110.25"), 0),
        ("1.8.2", Decimal(60), 0),
    ]
    assert world.announced("reading_accepted")[1]["in_time"] is True
    assert refused(lambda: world.do(submissions.resubmit, meter, world.person("7400000999"))).code == (
        "not_found"
    )


def test_mt_2_what_an_automated_meter_gave_can_be_sent_again_with_all_its_decimals(world: World) -> None:
    meter = world.meter(decimals=0)
    assert refused(lambda: world.do(submissions.resubmit, meter, world.person())).code == "no_last_readings"
    world.take({"meter": "M1", "obis": "1-0:1.8.0", "at": "2026-11-01T00:00:00+05:00", "value": "4036.125"})
    answer = world.do(submissions.resubmit, meter, world.person())
    assert (answer["values"][0].value, answer["values"][0].consumption) == (Decimal("4036.125"), 0)


def test_mt_4_outside_the_window_a_reading_is_kept_and_the_customer_is_told_so(world: World) -> None:
    sverdlov = "sverdlovenergosbyt"
    meter = world.meter("66000001", "S1", sverdlov, opening="1.8.0=100")
    who = world.person("66000001", sverdlov)
    for sent, period, in_time, kept in [
        ("2026-11-14T23:59:59", "2026-11", False, True),
        ("2026-11-15T00:00:00", "2026-11", True, False),
        ("2026-11-26T00:00:00", "2026-12", False, True),
    ]:
        world.now = local(sent)
        [shown] = world.ask(views.overview, who, world.tools)["meters"]
        assert (shown["window"]["counts_for"], shown["window"]["kept"]) == (period, kept)
        answer = world.submit(who, meter, {"1.8.0": "120"})
        assert (answer["period"], answer["in_time"], answer["kept"]) == (period, in_time, kept)
        assert answer["message"] == ("kept_for_next_window" if kept else "reading_taken")
        assert world.announced("reading_accepted")[-1]["in_time"] is in_time


def test_mt_4_on_closed_days_customers_are_told_when_it_opens_and_staff_may_enter(world: World) -> None:
    kyiv, number = "kyivenergo-heat", "123456789012345"
    meter = world.meter(number, "K1", kyiv, resource="hot_water", opening="8.1.0=10")
    who = world.person(number, kyiv)
    world.now = datetime.fromisoformat("2026-12-03T12:00:00+02:00")
    error = refused(lambda: world.submit(who, meter, {"8.1.0": "12"}))
    assert (error.code, error.fields["opens_on"]) == ("window_closed", "2026-12-25")
    [shown] = world.ask(views.overview, who, world.tools)["meters"]
    assert shown["window"] == {
        "open": False, "opens_on": date(2026, 12, 25), "closes_on": date(2027, 1, 1), "counts_for": None,
        "in_time": False, "kept": False,
    }  # fmt: skip
    staff = Subject("person", new_id(), "", frozenset({"operator"}))
    assert world.submit(staff, meter, {"8.1.0": "12"}, "operator", period="2026-11")["period"] == "2026-11"
    world.now = datetime.fromisoformat("2026-12-26T12:00:00+02:00")
    assert world.submit(who, meter, {"8.1.0": "13"})["values"][0].consumption == 1


def test_mt_2_a_new_meters_first_reading_counts_for_no_month_before_it(world: World) -> None:
    kyiv, number = "kyivenergo-power", "123456789012345"
    meter = world.meter(number, "K1", kyiv, opening="1.8.0=5", installed_on="2026-12-02")
    world.now = datetime.fromisoformat("2026-12-04T12:00:00+02:00")
    answer = world.submit(world.person(number, kyiv), meter, {"1.8.0": "7"})
    assert (answer["period"], answer["values"][0].consumption) == ("2026-12", 2)


def test_mt2_the_old_readings_again_are_zero_use(world: World) -> None:
    meter = world.meter(opening="1.8.0=100")
    months(world, meter, "160")
    answer = world.submit(world.person(), meter, {"1.8.0": "160"})
    assert answer["values"][0].consumption == 0


def test_mt4_a_jump_asks_for_a_confirmation_and_is_then_taken(world: World) -> None:
    meter = world.meter(opening="1.8.0=0", installed_on="2026-08-01")
    months(world, meter, "81", "162", "243")
    who = world.person()
    # 243 units in the 80 days since the installation make 94 in the 31 days that the reading is of; four times that
    # is 377 (rounded up).
    error = refused(lambda: world.submit(who, meter, {"1.8.0": "621"}))
    assert error.code == "reading_jump"
    assert (error.fields["registers"], error.fields["consumption"]) == (["1.8.0"], {"1.8.0": "378"})
    assert world.quantities("2026-11")[0]["closing"] is None
    assert world.submit(who, meter, {"1.8.0": "619"})["values"][0].consumption == 376
    assert world.submit(who, meter, {"1.8.0": "621"}, confirmed=True)["values"][0].consumption == 378


def test_mt_4_a_jump_is_not_lost_but_kept_and_taken_with_one_word(world: World) -> None:
    meter = world.meter(opening="1.8.0=0", installed_on="2026-08-01")
    months(world, meter, "81", "162", "243")
    who = world.person()
    world.now = local("2026-11-25T23:00:00")
    kept = refused(lambda: world.submit(who, meter, {"1.8.0": "900"})).fields["unconfirmed"]
    [shown] = world.ask(views.overview, who, world.tools)["meters"]
    assert shown["unconfirmed"]["reading"] == kept
    assert (shown["unconfirmed"]["values"], shown["unconfirmed"]["period"]) == ({"1.8.0": "900"}, "2026-11")
    assert world.announced("reading_accepted")[3:] == []
    stranger = world.person("7400000999")
    assert refused(lambda: world.do(submissions.confirm, kept, stranger)).code == "not_found"
    # Two days later, after the window: it counts as of the day on which it was sent.
    world.later(days=2)
    answer = world.do(submissions.confirm, kept, who)
    assert (answer["period"], answer["in_time"], answer["values"][0].consumption) == ("2026-11", True, 657)
    assert refused(lambda: world.do(submissions.confirm, kept, who)).code == "not_found"
    assert world.ask(views.overview, who, world.tools)["meters"][0]["unconfirmed"] is None
    assert len(world.announced("reading_accepted")) == 4


def test_mt_4_what_waits_is_replaced_by_a_newer_reading_and_forgotten_after_ten_days(world: World) -> None:
    meter = world.meter(opening="1.8.0=0", installed_on="2026-08-01")
    months(world, meter, "81", "162", "243")
    who = world.person()
    first = refused(lambda: world.submit(who, meter, {"1.8.0": "900"})).fields["unconfirmed"]
    second = refused(lambda: world.submit(who, meter, {"1.8.0": "901"})).fields["unconfirmed"]
    assert refused(lambda: world.do(submissions.confirm, first, who)).code == "not_found"
    # An ordinary one in its place, or ten days: then it is of no use.
    assert world.submit(who, meter, {"1.8.0": "300"})["period"] == "2026-11"
    assert refused(lambda: world.do(submissions.confirm, second, who)).code == "not_found"
    third = refused(lambda: world.submit(who, meter, {"1.8.0": "902"})).fields["unconfirmed"]
    world.later(days=10, seconds=1)
    assert refused(lambda: world.do(submissions.confirm, third, who)).code == "not_found"
    assert world.ask(views.overview, who, world.tools)["meters"][0]["unconfirmed"] is None


def test_mt_4_what_waits_is_judged_again_when_it_is_confirmed(world: World) -> None:
    meter = world.meter(opening="1.8.0=0", installed_on="2026-08-01")
    months(world, meter, "81", "162", "243")
    who = world.person()
    kept = refused(lambda: world.submit(who, meter, {"1.8.0": "900"})).fields["unconfirmed"]
    # In the meantime the head end says what stood there at the beginning of December.
    world.now = local("2026-11-29T10:00:00")
    world.take({"meter": "M1", "obis": "1-0:1.8.0", "at": "2026-11-01T00:00:00+05:00", "value": "950"})
    error = refused(lambda: world.do(submissions.confirm, kept, who))
    assert error.code == "reading_below_last"


def test_mt_4_the_same_season_of_the_year_before_is_what_a_reading_is_held_against(world: World) -> None:
    meter = world.meter(opening="1.8.0=0", installed_on="2025-07-01")
    who = world.person()
    # Heated with electricity: 1,500 a month in winter, 100 in summer.
    used = [1500 if (month - 1) % 12 + 1 in (11, 12, 1, 2, 3) else 100 for month in range(7, 31)]
    for number in range(24):
        year, month = 2025 + (number + 6) // 12, (number + 6) % 12 + 1
        world.now = local(f"{year}-{month:02d}-20T10:00:00")
        # From the second year on nothing is asked: winter is held against winter.
        answer = world.submit(who, meter, {"1.8.0": str(sum(used[: number + 1]))}, confirmed=number < 12)
        assert answer["values"][0].consumption == used[number]
    world.now = local("2027-07-20T10:00:00")
    refusal = refused(lambda: world.submit(who, meter, {"1.8.0": str(sum(used) + 1500)}))
    assert refusal.code == "reading_jump"


def test_mt4_the_usual_use_of_a_meter_with_a_ratio_is_no_jump(world: World) -> None:
    meter = world.meter(opening="1.8.0=0", ratio="40", installed_on="2026-08-01")
    months(world, meter, "10", "20", "30")
    answer = world.submit(world.person(), meter, {"1.8.0": "40"})
    assert answer["values"][0].consumption == 400


def test_mt4_the_month_of_the_installation_counts_from_the_opening_reading(world: World) -> None:
    meter, who = world.meter(opening="1.8.0=5.5", installed_on="2026-11-10"), world.person()
    assert refused(lambda: world.submit(who, meter, {"1.8.0": "5"})).code == "reading_below_last"
    assert world.submit(who, meter, {"1.8.0": "25.5"})["values"][0].consumption == 20
    [row] = world.quantities("2026-11")
    assert (row["opening"], row["opening_source"], row["consumption"]) == (Decimal("5.5"), "opening", 20)


def test_mt2_nobody_sends_readings_of_a_foreign_meter(world: World) -> None:
    meter = world.meter()
    for subject, code in [
        (world.person("7400000999"), "not_found"),
        (Subject("person", new_id()), "not_found"),
        (world.person(scopes=("see",)), "not_found"),
        (NOBODY, "unauthenticated"),
    ]:
        assert refused(lambda who=subject: world.submit(who, meter, {"1.8.0": "1"})).code == code  # type: ignore[misc]
    unknown = refused(lambda: world.submit(world.person(), new_id(), {"1.8.0": "1"}))
    assert unknown.code == "not_found"
    assert world.versions(meter) == []


def test_mt10_what_an_operator_enters_is_marked_as_such(world: World) -> None:
    meter = world.meter()
    staff = Subject("person", new_id(), "", frozenset({"operator"}))
    answer = world.submit(staff, meter, {"1.8.0": "10"}, source="operator")
    assert (answer["source"], answer["source_name"]) == ("operator", "operator")
    assert world.announced("reading_accepted")[0]["origin"] == "operator"


# --- the supplier's file ----------------------------------------------------------------------------------------


def test_mt10_a_dry_run_writes_nothing_and_the_real_one_only_once(world: World) -> None:
    from tests.metering.world import register_line

    lines = [register_line("7400000001", "M1", **TWO), register_line("7400000002", ""), ""]
    dry = world.import_lines(*lines, dry_run=True)
    assert (dry["lines"], dry["good"], dry["added"]) == (2, 1, 0)
    assert dry["bad"] == [{"line": 3, "code": "value_missing", "column": "serial"}]
    assert world.rows("select 1 from meter") == []
    first, second = world.import_lines(*lines), world.import_lines(*lines)
    assert (first["added"], second["added"]) == (1, 0)
    assert {name: first[name] for name in ("lines", "good", "bad")} == {
        name: second[name] for name in ("lines", "good", "bad")
    }
    assert [row["code"] for row in world.rows("select code from register order by code")] == [
        "1.8.1",
        "1.8.2",
    ]
    assert len(world.rows("select 1 from register_reading")) == 2


def test_mt1_a_register_of_an_unknown_provider_is_refused(world: World) -> None:
    assert refused(lambda: world.import_lines(provider="nobody")).code == "unknown_provider"


# --- what billing asks ----------------------------------------------------------------------------------------------


def test_mt6_quantities_are_none_without_both_readings(world: World) -> None:
    world.meter()
    who = world.person()
    [row] = world.quantities("2026-11")
    assert (row["opening"], row["closing"], row["consumption"]) == (None, None, None)
    [meter] = world.rows("select id::text from meter")
    world.submit(who, meter["id"], {"1.8.0": "10"})
    [row] = world.quantities("2026-11")
    assert (row["opening"], row["closing"], row["consumption"]) == (None, 10, None)
    [row] = world.quantities("2026-12")
    assert (row["opening"], row["closing"], row["consumption"]) == (10, None, None)


def test_mt6_quantities_have_ratio_and_rollover_and_refuse_a_register_that_went_back(world: World) -> None:
    meter = world.meter(digits=4, ratio="10", opening="1.8.0=9990", decimals=0)
    world.take({"meter": "M1", "obis": "1-0:1.8.0", "at": "2026-11-01T00:00:00+05:00", "value": "5"})
    assert world.quantities("2026-10")[0]["consumption"] == 150
    back = {"meter": "M1", "obis": "1-0:1.8.0", "at": "2026-11-20T00:00:00+05:00", "value": "4"}
    assert world.take(back).rejected == ((0, "reading_below_last", 1),)
    [row] = world.quantities("2026-11")
    assert (row["opening"], row["closing"], row["consumption"]) == (5, None, None)
    assert len(world.versions(meter)) == 2


def test_mt6_a_meter_installed_later_is_not_of_the_period(world: World) -> None:
    world.meter(installed_on="2026-11-30", opening="1.8.0=0")
    assert world.quantities("2026-10") == []
    assert len(world.quantities("2026-11")) == 1


def test_mt6_quantities_are_for_services_only(world: World) -> None:
    account = account_id("uralenergosbyt", "7400000001")
    for subject in (world.person(), NOBODY, Subject("person", new_id(), "", frozenset({"administrator"}))):
        with world.database.snapshot() as tx:
            call = world.call(tx, subject)
            error = refused(lambda c=call: views.quantities(c, "uralenergosbyt", "2026-11", [account]))  # type: ignore[misc]
            assert error.code == "forbidden"


def test_mt7_a_foreign_account_is_not_found_in_any_question(world: World) -> None:
    meter = world.meter()
    stranger, account = world.person("7400000999"), account_id("uralenergosbyt", "7400000001")
    with world.database.snapshot() as tx:
        call, day = world.call(tx, stranger), world.now.date()
        request = {"accounts": [account], "before": None, "limit": 20}
        for ask in (
            lambda: views.account_meters(call, world.tools, account),
            lambda: views.history(call, typed(views.history, request)),
            lambda: views.interval_days(call, meter, day, day),
        ):
            assert refused(ask).code == "not_found"
        assert views.overview(call, world.tools) == {"meters": []}


def test_mt1_a_serial_is_unique_within_its_provider_only(world: World) -> None:
    ours = world.meter("7400000001", "S1")
    theirs = world.meter("7400000001", "S1", USTEK, resource="hot_water")
    assert ours != theirs
    assert world.take({"meter": "S1", "obis": "9-0:8.1.0", "at": "2026-11-01T00:00:00+05:00", "value": "1"},
                      provider=USTEK).accepted == 1  # fmt: skip
    assert (world.versions(ours), world.versions(theirs)) == ([], [(1, "1", True)])

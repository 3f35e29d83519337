"""Where readings come from (MT-3), and their whole history (MT-6)."""

from __future__ import annotations

from typing import Any

from authorisation.subject import Subject
from contracts.identifiers import new_id
from contracts.wording import word
from services.metering import views
from tests.metering.world import World, local, refused

STAFF = Subject("person", new_id(), "", frozenset({"operator"}))


def history(world: World, meter: str, **more: Any) -> list[dict[str, Any]]:
    found = world.ask(views.meter_readings, world.person(), meter, more.get("before"), more.get("limit", 100))
    return list(found["readings"])


def test_mt_3_every_reading_shows_where_it_came_from_in_the_callers_language(world: World) -> None:
    world.language = "ru"
    meter, who = world.meter(opening="1.8.0=0", installed_on="2026-05-01"), world.person()
    for month, source in ((6, "cabinet"), (7, "operator"), (8, "estimate"), (9, "control")):
        world.now = local(f"2026-{month:02d}-20T10:00:00")
        answer = world.submit(who if source == "cabinet" else STAFF, meter, {"1.8.0": str(month)}, source)
        assert (answer["source"], answer["source_name"]) == (source, word("ru", "source", source))
    world.now = local("2026-11-20T10:00:00")
    world.take({"meter": "M1", "obis": "1-0:1.8.0", "at": "2026-11-01T00:00:00+05:00", "value": "10"})
    shown = history(world, meter)
    assert [(row["source"], row["source_name"]) for row in shown] == [
        ("ami", "АСКУЭ"),
        ("control", "Контрольное"),
        ("estimate", "Расчётное"),
        ("operator", "Квитанции"),
        ("cabinet", "ИКУС"),
        ("opening", "Начальное"),
    ]
    world.language = "uk"
    assert [row["source_name"] for row in history(world, meter)[:2]] == ["АСКОЕ", "контрольне"]
    # Only what customers and operators' papers bring is in time; nobody earns anything by an inspector's visit.
    assert [event["in_time"] for event in world.announced("reading_accepted")] == [True, True, False, False]


def test_mt_3_an_inspectors_reading_overrides_what_people_sent_and_cannot_be_undercut(world: World) -> None:
    meter, who = world.meter(opening="1.8.0=100", installed_on="2026-08-01"), world.person()
    for month, value in ((9, "900"), (10, "1200")):
        world.now = local(f"2026-{month:02d}-20T10:00:00")
        world.submit(who, meter, {"1.8.0": value}, confirmed=True)
    world.now = local("2026-11-10T10:00:00")
    world.submit(who, meter, {"1.8.0": "1250"})
    world.later(days=1)
    answer = world.submit(STAFF, meter, {"1.8.0": "1000"}, "control")
    assert (answer["corrects_earlier"], answer["values"][0].previous) == (False, 900)
    assert world.versions(meter) == [
        (1, "100", True),
        (1, "900", True),
        (1, "1200", False),
        (1, "1250", False),
        (1, "1000", True),
    ]
    assert world.quantities("2026-11")[0]["consumption"] == 100
    world.later(days=1)
    assert refused(lambda: world.submit(who, meter, {"1.8.0": "999"})).code == "reading_below_last"
    # A later reading of the month stands beside it, and its own correction leaves the inspector's alone.
    world.submit(who, meter, {"1.8.0": "1020"})
    world.submit(who, meter, {"1.8.0": "1010"}, taken_at=world.now)
    assert [row["value"] for row in history(world, meter) if row["counts"]][:2] == [1010, 1000]
    [row] = world.quantities("2026-11")
    assert (row["closing"], row["consumption"]) == (1010, 110)


def test_mt_3_an_inspectors_reading_after_a_rollover_withdraws_nothing(world: World) -> None:
    meter = world.meter(opening="1.8.0=9950", digits=4, decimals=0, installed_on="2026-09-01")
    world.now = local("2026-10-20T10:00:00")
    world.submit(world.person(), meter, {"1.8.0": "9990"})
    world.now = local("2026-11-20T10:00:00")
    world.submit(STAFF, meter, {"1.8.0": "20"}, "control")
    assert [counts for _, _, counts in world.versions(meter)] == [True, True, True]
    assert world.quantities("2026-11")[0]["consumption"] == 30


def test_mt_3_an_inspector_is_not_believed_against_the_meters_own_report(world: World) -> None:
    meter = world.meter(opening="1.8.0=100", installed_on="2026-08-01")
    world.take({"meter": "M1", "obis": "1-0:1.8.0", "at": "2026-11-01T00:00:00+05:00", "value": "500"})
    error = refused(lambda: world.submit(STAFF, meter, {"1.8.0": "400"}, "control"))
    assert error.code == "reading_below_last"


def test_mt_10_what_staff_enter_counts_for_its_own_day_or_the_month_they_name(world: World) -> None:
    meter = world.meter(opening="1.8.0=0", installed_on="2026-08-01")
    slip = world.submit(STAFF, meter, {"1.8.0": "50"}, "operator", taken_at=local("2026-10-24T09:00:00"))
    assert (slip["period"], slip["in_time"]) == ("2026-10", True)
    late = world.submit(
        STAFF, meter, {"1.8.0": "20"}, "operator", taken_at=local("2026-10-02T09:00:00"), period="2026-09"
    )
    assert (late["period"], late["in_time"]) == ("2026-09", False)
    assert world.quantities("2026-10")[0]["consumption"] == 30
    error = refused(
        lambda: world.submit(
            STAFF, meter, {"1.8.0": "51"}, "operator", taken_at=local("2026-10-02T09:00:00"), period="2026-09"
        )
    )
    assert (error.code, error.fields["next"]) == ("reading_above_next", "50")


def test_mt_4_an_operator_confirms_a_jump_without_touching_what_the_customer_sent(world: World) -> None:
    meter = world.meter(opening="1.8.0=0", installed_on="2026-07-01")
    who = world.person()
    for month in (8, 9, 10):
        world.now = local(f"2026-{month:02d}-20T10:00:00")
        world.submit(who, meter, {"1.8.0": str(10 * month)}, confirmed=True)
    world.now = local("2026-11-20T10:00:00")
    kept = refused(lambda: world.submit(who, meter, {"1.8.0": "900"})).fields["unconfirmed"]
    error = refused(lambda: world.submit(STAFF, meter, {"1.8.0": "950"}, "operator"))
    assert (error.code, error.fields) == ("reading_jump", {"registers": ["1.8.0"]})
    [shown] = world.ask(views.overview, who, world.tools)["meters"]
    assert shown["unconfirmed"]["reading"] == kept
    assert world.submit(STAFF, meter, {"1.8.0": "950"}, "operator", confirmed=True)["period"] == "2026-11"


def test_mt_6_the_history_has_corrections_both_ways_and_comes_by_pages(world: World) -> None:
    meter, who = world.meter(zones=2, opening="1.8.1=0 1.8.2=0"), world.person()
    for value in ("10", "12", "11"):
        world.submit(who, meter, {"1.8.1": value, "1.8.2": "5"})
        world.later(minutes=1)
    whole = history(world, meter)
    assert [
        (row["register"], row["value"], row["counts"]) for row in whole if row["register"] == "1.8.1"
    ] == [
        ("1.8.1", 11, True),
        ("1.8.1", 12, False),
        ("1.8.1", 10, False),
        ("1.8.1", 0, True),
    ]
    assert {row["corrected_at"] is None for row in whole if row["counts"]} == {True}
    assert {row["period"] for row in whole if row["source"] == "cabinet"} == {"2026-11"}
    for limit in (1, 3, 8, 100):
        pages: list[Any] = []
        before = None
        for _ in range(10):
            page = world.ask(views.meter_readings, who, meter, before, limit)
            pages += page["readings"]
            before = page["next"]
            if before is None:
                break
        assert pages == whole

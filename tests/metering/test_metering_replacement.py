"""Replacement of meters (MT-1), their passports and verification (MT-11), export registers (MT-14)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from authorisation.subject import NOBODY, Subject
from contracts.identifiers import new_id
from services.metering import views
from services.metering.handlers import meter_imports, passports, submissions
from services.metering.store import meters
from tests.metering.world import URAL, World, local, refused

STAFF = Subject("person", new_id(), "", frozenset({"operator"}))
FULL = (
    "account_number;serial;resource;zones;digits;decimals;ratio;installed_on;opening;export;replaces;closing"
)


def replacement(meter: str, **more: Any) -> dict[str, Any]:
    """A request as the schema loads it."""
    values: dict[str, Any] = {
        "meter": meter,
        "replaced_on": date(2026, 11, 10),
        "closing": {"1.8.0": Decimal(180)},
        "serial": "M2",
        "opening": {"1.8.0": Decimal(5)},
        "model": "Меркурий 201",
        "verified_on": None,
        "next_verification_on": None,
        "export": None,
    }
    unsaid = ("zones", "digits", "decimals", "ratio", "automated")
    return values | dict.fromkeys(unsaid) | more


def register(world: World, *lines: str, dry_run: bool = False) -> dict[str, Any]:
    request = {"provider": URAL, "csv": "\n".join([FULL, *lines]), "dry_run": dry_run}
    report: dict[str, Any] = world.do(meter_imports.import_meters, request, STAFF)
    return report


def used(world: World, period: str) -> list[tuple[str, str, Any]]:
    return [(row["serial"], row["zone"], row["consumption"]) for row in world.quantities(period)]


def test_mt_1_after_a_replacement_both_meters_count_for_the_month(world: World) -> None:
    old, who = world.meter(opening="1.8.0=100", installed_on="2026-09-01"), world.person()
    world.now = local("2026-10-20T10:00:00")
    world.submit(who, old, {"1.8.0": "150"})
    world.now = local("2026-11-12T10:00:00")
    new = world.do(passports.replace_meter, replacement(old), STAFF)["meter"]
    assert used(world, "2026-10") == [("M1", "single", 50)]
    # Nobody has read the new one yet: it holds up nothing.
    assert used(world, "2026-11") == [("M1", "single", 30), ("M2", "single", 0)]
    world.now = local("2026-11-20T10:00:00")
    world.submit(who, new, {"1.8.0": "45"})
    assert used(world, "2026-11") == [("M1", "single", 30), ("M2", "single", 40)]
    world.now = local("2026-12-20T10:00:00")
    world.submit(who, new, {"1.8.0": "95"})
    assert used(world, "2026-12") == [("M2", "single", 50)]
    assert [row["closing_source"] for row in world.quantities("2026-11")] == ["control", "cabinet"]


def test_mt_1_the_histories_of_both_stay_and_the_old_one_takes_nothing_more(world: World) -> None:
    old, who = world.meter(opening="1.8.0=100", installed_on="2026-09-01"), world.person()
    world.submit(who, old, {"1.8.0": "150"})
    world.now = local("2026-11-21T10:00:00")
    request = replacement(old, replaced_on=date(2026, 11, 20), ratio=Decimal(40), digits=5)
    new = world.do(passports.replace_meter, request, STAFF)["meter"]
    assert refused(lambda: world.submit(who, old, {"1.8.0": "190"})).code == "not_found"
    assert [row["meter"] for row in world.ask(views.overview, who, world.tools)["meters"]] == [new]
    shown = world.ask(views.passport, who, world.tools, old)
    assert (shown["removed_on"], shown["ratio"], shown["serial"]) == (date(2026, 11, 20), 1, "M1")
    assert [(one["serial"], one["replaces"], one["replaced_by"]) for one in shown["history"]] == [
        ("M2", old, None),
        ("M1", None, new),
    ]
    passport = world.ask(views.passport, who, world.tools, new)
    assert (passport["ratio"], passport["digits"], passport["model"]) == (40, 5, "Меркурий 201")
    kept = world.ask(views.meter_readings, who, old, None, 100)["readings"]
    # The last reading is of the same day as the customer's: it comes after it.
    assert [(row["value"], row["source"], row["counts"]) for row in kept] == [
        (180, "control", True),
        (150, "cabinet", True),
        (100, "opening", True),
    ]
    world.now = local("2026-11-23T10:00:00")
    # A head end's reading belongs to the meter that hung there at its moment.
    said = {"obis": "1-0:1.8.0", "at": "2026-11-22T00:00:00+05:00", "value": "7"}
    assert world.take({"meter": "M1", **said}).rejected[0][1] == "not_in_place"
    assert world.take({"meter": "M2", **said}).accepted == 1


def test_mt_1_a_reading_sent_ahead_for_the_next_month_goes_with_the_old_meter(world: World) -> None:
    old, who = world.meter(opening="1.8.0=100", installed_on="2026-09-01"), world.person()
    world.now = local("2026-11-26T10:00:00")
    assert world.submit(who, old, {"1.8.0": "170"})["period"] == "2026-12"
    world.now = local("2026-11-29T10:00:00")
    new = world.do(passports.replace_meter, replacement(old, replaced_on=date(2026, 11, 28)), STAFF)["meter"]
    assert used(world, "2026-11") == [("M1", "single", 80), ("M2", "single", 0)]
    world.submit(who, new, {"1.8.0": "12"})
    assert used(world, "2026-12") == [("M2", "single", 7)]


def test_mt_4_the_old_meters_use_is_the_history_of_the_new_one(world: World) -> None:
    old, who = world.meter(opening="1.8.0=0", installed_on="2026-07-01", ratio="10"), world.person()
    for month, value in ((8, "10"), (9, "20"), (10, "30")):
        world.now = local(f"2026-{month:02d}-20T10:00:00")
        world.submit(who, old, {"1.8.0": value}, confirmed=True)
    world.now = local("2026-11-02T10:00:00")
    request = replacement(
        old, replaced_on=date(2026, 11, 1), closing={"1.8.0": Decimal(33)}, ratio=Decimal(1)
    )
    new = world.do(passports.replace_meter, request, STAFF)["meter"]
    world.now = local("2026-11-20T10:00:00")
    assert refused(lambda: world.submit(who, new, {"1.8.0": "505"})).code == "reading_jump"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"closing": {"1.8.0": Decimal(149)}}, "reading_below_last"),
        ({"closing": {"1.8.0": Decimal("180.12345")}}, "reading_too_precise"),
        ({"closing": {"1.8.0": Decimal(10**7)}}, "reading_too_long"),
        ({"closing": {"1.8.1": Decimal(180)}}, "registers_incomplete"),
        ({"opening": {"2.8.0": Decimal(0)}}, "registers_incomplete"),
        ({"opening": {"1.8.0": Decimal(-1)}}, "reading_too_long"),
        ({"zones": 7}, "resource_unknown"),
        ({"zones": 2}, "registers_incomplete"),
        ({"serial": "M9"}, "serial_taken"),
        ({"serial": "M1"}, "serial_taken"),
        ({"replaced_on": date(2026, 10, 19)}, "replacement_date"),
        ({"replaced_on": date(2026, 11, 13)}, "replacement_date"),
        ({"replaced_on": date(2026, 8, 1)}, "replacement_date"),
        ({"meter": new_id()}, "not_found"),
    ],
)
def test_mt_1_a_replacement_that_does_not_fit_changes_nothing(
    world: World, more: dict[str, Any], code: str
) -> None:
    old, who = world.meter(opening="1.8.0=100", installed_on="2026-09-01"), world.person()
    world.meter("7400000002", "M9")
    world.now = local("2026-10-20T10:00:00")
    world.submit(who, old, {"1.8.0": "150"})
    world.now = local("2026-11-12T10:00:00")
    before = world.versions(old)
    error = refused(lambda: world.do(passports.replace_meter, replacement(old) | more, STAFF))
    assert error.code == code
    assert world.versions(old) == before
    assert world.rows("select 1 from meter where removed_on is not null or replaces is not null") == []


def test_mt_1_replacements_come_by_the_register_too_with_a_dry_run_and_only_once(world: World) -> None:
    world.now = local("2026-11-12T10:00:00")
    assert register(world, "7400000001;M1;electricity;1;6;3;1;2026-09-01;1.8.0=100;;;")["added"] == 1
    line = "7400000001;M2;electricity;2;6;3;1;2026-11-10;1.8.1=5 1.8.2=6 2.8.0=7;yes;M1;1.8.0=180"
    dry = register(world, line, dry_run=True)
    assert (dry["good"], dry["bad"], dry["added"]) == (1, [], 0)
    assert used(world, "2026-11") == [("M1", "single", None)]
    for added in (1, 0):
        report = register(world, line)
        assert (report["good"], report["bad"], report["added"]) == (1, [], added)
    # The first register again brings the old one not back.
    assert register(world, "7400000001;M1;electricity;1;6;3;1;2026-09-01;1.8.0=100;;;")["added"] == 0
    assert used(world, "2026-11") == [
        ("M1", "single", 80),
        ("M2", "day", 0),
        ("M2", "night", 0),
        ("M2", "export", 0),
    ]


def test_mt_1_each_fault_of_a_replacement_in_the_register_is_named(world: World) -> None:
    world.now = local("2026-11-12T10:00:00")
    first = "7400000001;{};electricity;1;6;3;1;2026-09-01;1.8.0=100;;;"
    register(world, first.format("M1"), "7400000002;X1;electricity;1;6;3;1;2026-09-01;1.8.0=100;;;")
    new = "{};{};electricity;1;6;3;1;{};1.8.0=0;;{};1.8.0={}"
    report = register(
        world,
        new.format("7400000001", "A", "2026-11-10", "M7", "180"),
        new.format("7400000002", "B", "2026-11-10", "M1", "180"),
        new.format("7400000001", "C", "2026-11-10", "M1", "99"),
        new.format("7400000001", "D", "2026-11-13", "M1", "180"),
        new.format("7400000001", "X1", "2026-11-10", "M1", "180"),
        new.format("7400000001", "E", "2026-11-10", "M1", "180"),
        new.format("7400000001", "F", "2026-11-10", "M1", "190"),
    )
    assert [(bad["line"], bad["code"], bad["column"]) for bad in report["bad"]] == [
        (2, "replaced_unknown", "replaces"),
        (3, "replaced_unknown", "replaces"),
        (4, "reading_below_last", "closing"),
        (5, "replacement_date", "installed_on"),
        (6, "serial_taken", "serial"),
        (8, "replaces_repeated", "replaces"),
    ]
    assert (report["good"], report["added"]) == (1, 1)


def test_mt_1_a_register_rolled_over_counts_through_zero_at_its_replacement(world: World) -> None:
    old = world.meter(opening="1.8.0=9990", digits=4, decimals=0, installed_on="2026-09-01")
    world.now = local("2026-11-12T10:00:00")
    world.do(passports.replace_meter, replacement(old, closing={"1.8.0": Decimal(15)}), STAFF)
    assert used(world, "2026-11")[0] == ("M1", "single", 25)


# --- verification ---------------------------------------------------------------------------------------------------


class _House:
    """What the job needs of the service."""

    def __init__(self, world: World) -> None:
        self._world = world

    def begin(self) -> Any:
        from contextlib import contextmanager

        @contextmanager
        def begin() -> Any:
            with self._world.database.transaction() as tx:
                yield self._world.call(tx, NOBODY)

        return begin()


def verified(world: World, meter: str, due: str) -> None:
    request = {
        "meter": meter,
        "verified_on": date(2020, 1, 1),
        "next_verification_on": date.fromisoformat(due),
    }
    world.do(passports.note_verification, request, STAFF)


def reminded(world: World) -> list[tuple[str, str, int]]:
    passports.remind_of_verifications(_House(world), world.tools)  # type: ignore[arg-type]
    return [(e["serial"], e["due_on"], e["days_left"]) for e in world.announced("verification_due")]


def test_mt_11_a_verification_is_announced_a_month_and_a_week_ahead_once_each(world: World) -> None:
    meter = world.meter()
    verified(world, meter, "2026-12-21")
    assert reminded(world) == []
    world.later(days=1)
    assert reminded(world) == [("M1", "2026-12-21", 30)]
    world.later(days=10)
    assert len(reminded(world)) == 1
    world.later(days=13)
    assert reminded(world)[1:] == [("M1", "2026-12-21", 7)]
    world.later(days=20)
    assert len(reminded(world)) == 2
    # After the verification it begins anew.
    verified(world, meter, "2027-01-05")
    world.now = local("2027-01-03T10:00:00")
    assert reminded(world)[2:] == [("M1", "2027-01-05", 2)]
    assert len(reminded(world)) == 3


def test_mt_11_a_meter_that_is_gone_or_overdue_is_not_spoken_of_and_pages_are_no_limit(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passports, "PAGE", 2)
    for number in range(5):
        verified(world, world.meter(serial=f"V{number}"), "2026-12-01")
    verified(world, world.meter(serial="LATE"), "2026-11-19")
    gone = world.meter(serial="GONE")
    verified(world, gone, "2026-12-01")
    with world.database.transaction() as tx:
        meters.remove(tx, [(gone, date(2026, 11, 1))])
    assert sorted(serial for serial, _, _ in reminded(world)) == [f"V{number}" for number in range(5)]


@pytest.mark.parametrize(
    ("verified_on", "next_on"), [("2026-11-20", "2026-11-20"), ("2026-11-21", "2030-01-01")]
)
def test_mt_11_dates_of_a_verification_must_make_sense(world: World, verified_on: str, next_on: str) -> None:
    request = {
        "meter": world.meter(),
        "verified_on": date.fromisoformat(verified_on),
        "next_verification_on": date.fromisoformat(next_on),
    }
    assert refused(lambda: world.do(passports.note_verification, request, STAFF)).code == "verification_dates"


def test_mt_11_the_passport_shows_the_dates_to_those_who_may_see_it(world: World) -> None:
    meter = world.meter()
    verified(world, meter, "2030-01-01")
    shown = world.ask(views.passport, world.person(), world.tools, meter)
    assert (shown["verified_on"], shown["next_verification_on"]) == (date(2020, 1, 1), date(2030, 1, 1))
    stranger = world.person("7400000999")
    for ask in (
        lambda: world.ask(views.passport, stranger, world.tools, meter),
        lambda: world.ask(views.passport, stranger, world.tools, new_id()),
        lambda: world.ask(views.meter_readings, stranger, meter, None, 10),
    ):
        assert refused(ask).code == "not_found"


# --- export ---------------------------------------------------------------------------------------------------------


def test_mt_14_what_goes_to_the_grid_is_counted_apart_from_what_comes(world: World) -> None:
    world.now = local("2026-11-12T10:00:00")
    register(world, "7400000001;M1;electricity;1;6;3;1;2026-09-01;1.8.0=100 2.8.0=10;yes;;")
    who = world.person()
    [shown] = world.ask(views.overview, who, world.tools)["meters"]
    assert shown["registers"] == [
        {"register": "1.8.0", "zone": "single", "direction": "import"},
        {"register": "2.8.0", "zone": "export", "direction": "export"},
    ]
    assert refused(lambda: world.submit(who, shown["meter"], {"1.8.0": "120"})).code == "registers_incomplete"
    world.submit(who, shown["meter"], {"1.8.0": "120", "2.8.0": "60"})
    assert [
        (row["direction"], row["zone"], row["register"], row["consumption"])
        for row in world.quantities("2026-11")
    ] == [("import", "single", "1.8.0", 20), ("export", "export", "2.8.0", 50)]
    error = refused(lambda: world.submit(who, shown["meter"], {"1.8.0": "130", "2.8.0": "9"}))
    assert (error.code, error.fields["register"]) == ("reading_below_last", "2.8.0")


def test_mt_14_a_solar_homes_new_meter_counts_both_ways_as_the_old_one(world: World) -> None:
    world.now = local("2026-11-12T10:00:00")
    register(world, "7400000001;M1;electricity;1;6;3;1;2026-09-01;1.8.0=100 2.8.0=10;yes;;")
    [old] = world.rows("select id::text from meter")
    both = {"1.8.0": Decimal(200), "2.8.0": Decimal(30)}
    zero = {"1.8.0": Decimal(0), "2.8.0": Decimal(0)}
    new = world.do(passports.replace_meter, replacement(old["id"], closing=both, opening=zero), STAFF)
    assert used(world, "2026-11") == [
        ("M1", "single", 100),
        ("M1", "export", 20),
        ("M2", "single", 0),
        ("M2", "export", 0),
    ]
    answer = world.do(submissions.resubmit, new["meter"], world.person())
    assert [value.zone for value in answer["values"]] == ["single", "export"]

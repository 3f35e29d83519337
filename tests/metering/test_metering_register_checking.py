"""Register readings of automated meters are judged before anybody is billed by them (MT-9)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from authorisation.contexts import RequestContext
from authorisation.subject import Subject
from chassis.clock import FixedClock
from chassis.context import CallContext
from contracts.identifiers import new_id
from services.metering.adapters.ami_json import read_json
from services.metering.domain.entries import with_key
from services.metering.handlers import passports, register_checking, vee
from services.metering.handlers.ingest import Incoming
from services.metering.views import checking as shown
from tests.metering.world import URAL, World, interval_entry, local, refused, register_entry
from tests.support_code.requests import typed

STAFF = Subject("person", new_id(), "s", frozenset({"operator"}))


def judged(world: World) -> list[tuple[str, str, str]]:
    """(rule, found, expected) of what is withheld, after judging all that came."""
    with world.database.transaction() as tx:
        while register_checking.page(tx, world.tools, world.now):
            pass
    return [
        (row["rule"], f"{row['found'].normalize():f}", f"{row['expected'].normalize():f}")
        for row in findings(world)
    ]


def findings(world: World, *, decided: bool = False) -> list[dict[str, Any]]:
    request = {"provider": URAL, "decided": decided, "serial": None, "cursor": None, "limit": 50}
    found: list[dict[str, Any]] = world.ask(shown.register_findings, STAFF, request)["findings"]
    return found


def decide(world: World, decision: str, value: str | None = None) -> Any:
    [one] = findings(world)
    request = {
        "finding": one["finding"], "decision": decision, "reason": "looked at",
        "value": Decimal(value) if value else None,
    }  # fmt: skip
    with world.database.transaction() as tx:
        return register_checking.decide(world.call(tx, STAFF), typed(register_checking.decide, request))


def consumption(world: World, period: str = "2026-10") -> Any:
    [row] = world.quantities(period)
    return row["consumption"]


@pytest.fixture
def plain(world: World) -> World:
    """A meter that used 100 kWh a month, and passed."""
    world.meter(opening="1.8.0=0", installed_on="2026-07-01")
    for month, value in ((8, "100"), (9, "200"), (10, "300")):
        world.now = local(f"2026-{month:02d}-01T03:00:00")
        world.take(register_entry("M1", f"2026-{month:02d}-01T00:00:00", value))
        assert judged(world) == []
    world.now = local("2026-11-01T03:00:00")
    return world


def test_mt9_a_reading_that_passes_is_billed(plain: World) -> None:
    plain.take(register_entry("M1", "2026-11-01T00:00:00", "400"))
    assert judged(plain) == []
    assert consumption(plain) == 100


def test_mt9_more_than_the_connection_carries_is_withheld_and_nobody_is_billed_by_it(plain: World) -> None:
    plain.take(register_entry("M1", "2026-11-01T00:00:00", "900000"))
    [(rule, found, _)] = judged(plain)
    assert (rule, found) == ("register_capacity", "899700")
    assert consumption(plain) is None
    # The same again is known, and still withheld.
    assert plain.take(register_entry("M1", "2026-11-01T00:00:00", "900000")).duplicates == 1
    assert len(judged(plain)) == 1 and consumption(plain) is None


def test_mt9_far_above_what_was_used_before_is_withheld_until_staff_release_it(plain: World) -> None:
    plain.take(register_entry("M1", "2026-11-01T00:00:00", "5300"))
    [(rule, found, _)] = judged(plain)
    assert (rule, found) == ("register_jump", "5000")
    assert consumption(plain) is None
    assert decide(plain, "release")["decision"] == "release"
    assert consumption(plain) == 5000
    assert findings(plain) == [] and len(findings(plain, decided=True)) == 1


def test_mt9_staff_replace_it_by_another_value_with_a_reason(plain: World) -> None:
    plain.take(register_entry("M1", "2026-11-01T00:00:00", "5300"))
    judged(plain)
    decide(plain, "replace", "410.5")
    assert consumption(plain) == Decimal("110.5")
    [one] = findings(plain, decided=True)
    assert (one["decision"], one["reason"]) == ("replace", "looked at")


def test_mt9_a_decision_is_taken_once_and_whole(plain: World) -> None:
    plain.take(register_entry("M1", "2026-11-01T00:00:00", "5300"))
    judged(plain)
    assert refused(lambda: decide(plain, "replace")).code == "validation_failed"
    assert refused(lambda: decide(plain, "release", "5")).code == "validation_failed"
    [one] = findings(plain)
    decide(plain, "release")
    request = {"finding": one["finding"], "decision": "release", "reason": "again", "value": None}
    with plain.database.transaction() as tx:
        code = refused(
            lambda: register_checking.decide(plain.call(tx, STAFF), typed(register_checking.decide, request))
        ).code
    assert code == "already_decided"


@pytest.mark.parametrize(("decision", "value"), [("release", None), ("replace", "420")])
def test_mt9_one_that_the_head_end_corrected_is_over(plain: World, decision: str, value: str | None) -> None:
    """Else two values would count for one moment."""
    at = "2026-11-01T00:00:00"
    plain.take(register_entry("M1", at, "5300"))
    judged(plain)
    [one] = findings(plain)
    plain.now = local("2026-11-01T05:00:00")
    assert plain.take(register_entry("M1", at, "410")).corrected == 1
    assert judged(plain) == [] and consumption(plain) == 110
    request = {
        "finding": one["finding"], "decision": decision, "reason": "late",
        "value": Decimal(value) if value else None,
    }  # fmt: skip
    with plain.database.transaction() as tx:
        code = refused(
            lambda: register_checking.decide(plain.call(tx, STAFF), typed(register_checking.decide, request))
        ).code
    assert code == "already_decided"
    counting = "select value from register_reading where at > '2026-10-15' and superseded_at is null"
    assert [row["value"] for row in plain.rows(counting)] == [410]


def test_mt9_what_intervals_add_up_to_is_what_the_register_must_show(world: World) -> None:
    world.meter(opening="1.8.0=0", installed_on="2026-10-30")
    world.now = local("2026-11-02T03:00:00")
    world.take(register_entry("M1", "2026-11-01T00:00:00", "10"))
    assert judged(world) == []
    world.take(interval_entry("M1", "2026-11-01T00:00:00", ["0.4", "0.6"] * 24))
    with world.database.transaction() as tx:
        while vee.notice(tx, world.tools, world.now):
            pass
        while vee.page(tx, world.tools, world.now):
            pass
    world.now = local("2026-11-02T04:00:00")
    world.take(register_entry("M1", "2026-11-02T00:00:00", "12"))
    assert judged(world) == [("register_sum", "2", "24")]


def test_mt9_billing_brings_judging_up_to_date_first(plain: World) -> None:
    """Whatever the job got to: what nobody has looked at is not asked for."""
    plain.take(register_entry("M1", "2026-11-01T00:00:00", "900000"))
    assert len(findings(plain)) == 0

    @contextmanager
    def begin() -> Iterator[RequestContext]:
        with plain.database.transaction() as tx:
            yield RequestContext(tx, plain.now, CallContext(), subject=STAFF)

    service: Any = SimpleNamespace(begin=begin, clock=FixedClock(plain.now))
    register_checking.bring_up_to_date(service, plain.tools)
    assert len(findings(plain)) == 1 and consumption(plain) is None


# --- at ingest -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"obis": "8-0:1.29.0"}, "unknown_register"),
        ({"obis": "foo:1.29.0"}, "unknown_register"),
        ({"obis": "1-0:2.29.0"}, "unknown_register"),
        ({"obis": "1-0:1.29.0*255"}, None),
        ({"obis": "1.29.0"}, None),
        ({"from": "2012-01-01T00:00:00+05:00"}, "not_in_place"),
    ],
)
def test_mt8_an_entry_that_is_not_this_meters_is_refused_alone(
    world: World, entry: dict[str, str], code: str | None
) -> None:
    world.meter(installed_on="2026-07-01")
    good = interval_entry("M1", "2026-11-10T00:00:00", ["1"])
    receipt = world.take(good | entry, interval_entry("M1", "2026-11-11T00:00:00", ["2"]))
    assert [item[1] for item in receipt.rejected] == ([code] if code else [])
    assert receipt.accepted == (1 if code else 2)


def test_mt8_a_number_out_of_all_bounds_is_refused_alone(world: World) -> None:
    meter = world.meter()
    receipt = world.take(
        register_entry("M1", "2026-11-10T00:00:00", "0E+9999999999999"),
        register_entry("M1", "2026-11-11T00:00:00", "5"),
    )
    assert (receipt.accepted, [place for place, _, _ in receipt.rejected]) == (1, [0])
    assert world.versions(meter) == [(1, "5", True)]


def test_mt8_a_batch_whose_id_is_no_uuid_takes_nothing_and_hides_nothing(world: World) -> None:

    meter = world.meter()
    for value in ("5", "6"):
        body = (
            '{"batch": "b1", "head_end": "hes-chel-1", "sent_at": "2026-11-20T00:00:00Z", "readings": '
            f'[{{"meter": "M1", "obis": "1-0:1.8.0", "at": "2026-11-10T00:00:00+05:00", "value": "{value}"}}]}}'
        )
        [receipt] = world.ingest(Incoming(URAL, with_key(read_json(body.encode()))))
        assert receipt.rejected == ((0, "batch_invalid", 1),)
    assert world.versions(meter) == []


def test_mt8_late_data_of_a_meter_that_was_replaced_goes_to_the_one_in_place_then(world: World) -> None:

    first = world.meter(opening="1.8.0=0", installed_on="2026-07-01")
    world.now = local("2026-11-15T10:00:00")
    request = {
        "meter": first, "replaced_on": date(2026, 11, 10), "closing": {"1.8.0": Decimal(180)}, "serial": "M1B",
        "opening": {"1.8.0": Decimal(5)}, "model": "", "verified_on": None, "next_verification_on": None,
        "export": None, "zones": None, "digits": None, "decimals": None, "ratio": None, "automated": None,
    }  # fmt: skip
    world.do(passports.replace_meter, request, STAFF)
    # The serial hangs elsewhere now.
    second = world.meter("7400000002", "M1", installed_on="2026-11-12", opening="1.8.0=0")
    receipt = world.take(
        interval_entry("M1", "2026-11-05T00:00:00", ["1"]), interval_entry("M1", "2026-11-13T00:00:00", ["2"]),
        interval_entry("M1", "2026-11-11T00:00:00", ["3"]),
    )  # fmt: skip
    assert [item[:2] for item in receipt.rejected] == [(2, "not_in_place")]
    assert (world.day(first, "2026-11-05") or [])[0] == 1000
    assert (world.day(second, "2026-11-13") or [])[0] == 2000

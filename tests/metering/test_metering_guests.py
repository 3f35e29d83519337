"""Readings without signing in (MT-5), and that nobody learns anything by sending them (drill 17)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from authorisation.contexts import RequestContext
from authorisation.subject import NOBODY, Subject
from chassis.context import CallContext
from contracts.errors import CabinetError
from contracts.identifiers import account_id, new_id
from services.metering import views
from services.metering.domain.guests import GUEST_READING
from services.metering.handlers import guests, housekeeping
from tests.metering.world import URAL, World, local, refused
from tests.support_code.requests import typed
from tests.support_code.statements import noted

STAFF = Subject("person", new_id(), "", frozenset({"operator"}))
KYIV, PLACE = "kyivenergo-power", "123456789012345"
ADDRESS = {"house": "12", "letter": "Б", "flat": "7", "extension": ""}

HOUR = timedelta(hours=1)


class ServiceContextProvider:
    """What the job needs of the service."""

    def __init__(self, world: World) -> None:
        self._world = world

    @contextmanager
    def begin(self) -> Iterator[RequestContext]:
        with self._world.database.transaction() as tx:
            yield self._world.call(tx, NOBODY)


class Billing:
    """Knows one address; may be away."""

    def __init__(self) -> None:
        self.away: CabinetError | None = None
        self.asked: list[dict[str, str]] = []

    def check_address_proof(self, **asked: str) -> dict[str, Any]:
        self.asked.append(asked)
        if self.away is not None:
            raise self.away
        known = {"provider": KYIV, "number": PLACE, **ADDRESS}
        return {"matches": asked == known}


class Form:
    """The form on the page before one signs in."""

    def __init__(self, world: World) -> None:
        self.world, self.billing, self.client = world, Billing(), "203.0.113.7"

    def send(self, number: str = "7400000001", value: str = "120", **more: Any) -> Any:
        request: dict[str, Any] = {
            "provider": URAL,
            "number": number,
            "serial": "M1",
            "resource": "",
            **dict.fromkeys(guests.ADDRESS_FIELDS, ""),
            "values": {"1.8.0": Decimal(value)},
            **more,
        }
        with self.world.database.transaction() as tx:
            call = replace(self.world.call(tx, NOBODY), context=CallContext(client=self.client))
            answer = guests.receive(call, self.world.tools, typed(guests.receive, request))
        assert call.refusal is None
        return answer

    def look(self) -> None:
        guests.look(ServiceContextProvider(self.world), self.world.tools, self.billing)  # type: ignore[arg-type]

    def states(self) -> list[tuple[str, str | None]]:
        return [
            (row["state"], row["reason"])
            for row in self.world.rows("select state, reason from guest_reading order by id")
        ]

    def queue(self, **more: Any) -> dict[str, Any]:
        request = {"provider": None, "cursor": None, "limit": 50} | more
        found: dict[str, Any] = self.world.ask(views.guest_queue, STAFF, request)
        return found

    def decide(self, accept: bool, reading: str | None = None, **more: Any) -> dict[str, Any]:
        chosen = reading or self.queue()["readings"][0]["reading"]
        request = {"reading": chosen, "accept": accept, "meter": None, "note": "", **more}
        found: dict[str, Any] = self.world.do(guests.decide, request, STAFF)
        return found


@pytest.fixture
def form(world: World) -> Form:
    return Form(world)


def at_home(form: Form) -> str:
    """A meter with a history of about 100 a month."""
    meter = form.world.meter(opening="1.8.0=0", installed_on="2026-07-01")
    now, who = form.world.now, form.world.person()
    for month in (8, 9, 10):
        form.world.now = local(f"2026-{month:02d}-20T10:00:00")
        form.world.submit(who, meter, {"1.8.0": str(100 * (month - 7))}, confirmed=True)
    form.world.now = now
    return meter


def test_mt_5_a_reading_with_the_meters_serial_is_taken_as_of_the_moment_it_came(form: Form) -> None:
    meter = at_home(form)
    form.world.now = local("2026-11-25T23:59:00")
    assert form.send(value="350") == {"received": True}
    form.world.later(minutes=5)
    form.look()
    assert form.states() == [("accepted", None)]
    event_ = form.world.announced("reading_accepted")[-1]
    assert (event_["origin"], event_["period"], event_["person"]) == ("web_form", "2026-11", None)
    [shown] = form.world.ask(views.overview, form.world.person(), form.world.tools)["meters"]
    assert (shown["meter"], shown["last_readings"][0]["source_name"]) == (meter, "web form")
    form.look()
    assert len(form.world.announced("reading_accepted")) == 4


CASES: dict[str, tuple[dict[str, Any], str | None]] = {
    "right": ({"value": "350"}, None),
    "wrong serial": ({"value": "350", "serial": "M7"}, "proof_wrong"),
    "no proof": ({"value": "350", "serial": ""}, "proof_wrong"),
    "unknown account": ({"value": "350", "number": "7499999999"}, "proof_wrong"),
    "below the last": ({"value": "299"}, "reading_below_last"),
    "a jump": ({"value": "3000"}, "reading_jump"),
    "too long": ({"value": "9999999"}, "reading_too_long"),
    "too precise": ({"value": "350.12345"}, "reading_too_precise"),
    "other registers": ({"values": {"1.8.1": Decimal(1)}}, "registers_incomplete"),
}


def test_drill17_no_answer_and_no_work_tells_what_was_right(form: Form) -> None:
    at_home(form)
    answers, works = set(), set()
    for more, _ in CASES.values():
        form.client = new_id()
        form.world.later(hours=2)
        with noted() as seen:
            answers.add(msgspec.json.encode(form.send(**more)))
        works.add(tuple(seen))
    # One answer, byte for byte, and the very same statements in the same order.
    assert answers == {b'{"received":true}'}
    [work] = works
    assert 0 < len(work) < 8


def test_mt_5_what_does_not_pass_waits_for_staff_with_the_reason(form: Form) -> None:
    at_home(form)
    for more, _ in CASES.values():
        form.client = new_id()
        form.world.later(hours=2)
        form.send(**more)
        form.look()
    assert form.states() == [("queued" if code else "accepted", code) for _, code in CASES.values()]
    queue = form.queue()
    assert [row["reason"] for row in queue["readings"]] == [code for _, code in CASES.values() if code]
    assert form.queue(provider=KYIV)["readings"] == []
    page = form.queue(limit=3)
    rest = form.queue(cursor=page["next"])["readings"]
    assert [*page["readings"], *rest] == queue["readings"] and len(rest) == 5


def test_mt_5_staff_take_an_unusual_reading_or_reject_it_once(form: Form) -> None:
    at_home(form)
    form.send(value="3000")
    form.send(value="299")
    form.look()
    # The rule that is broken is told to staff; what is only unusual is theirs to confirm.
    taken = form.decide(True)
    assert (taken["state"], form.world.announced("reading_accepted")[-1]["origin"]) == (
        "accepted",
        "web_form",
    )
    assert form.world.announced("reading_accepted")[-1]["reading"] == taken["submission"]
    assert refused(lambda: form.decide(True)).code == "reading_below_last"
    assert form.decide(False, note="misread")["state"] == "rejected"
    assert form.queue()["readings"] == []
    for reading in form.world.rows("select id::text from guest_reading"):
        for accept in (True, False):
            error = refused(lambda r=reading["id"], a=accept: form.decide(a, r))  # type: ignore[misc]
            assert error.code == "already_decided"
    assert refused(lambda: form.decide(True, new_id())).code == "not_found"


def test_mt_5_staff_say_which_meter_is_meant_where_it_is_not_plain(form: Form) -> None:
    form.world.meter(PLACE, "K1", KYIV, opening="1.8.0=10")
    second = form.world.meter(PLACE, "K2", KYIV, opening="1.8.0=10")
    elsewhere = form.world.meter()
    form.world.now = local("2026-12-03T10:00:00")
    form.send(PLACE, "20", provider=KYIV, serial="", **ADDRESS)
    form.look()
    assert form.states() == [("queued", "not_found")]
    assert refused(lambda: form.decide(True)).code == "not_found"
    assert refused(lambda: form.decide(True, meter=elsewhere)).code == "not_found"
    assert form.decide(True, meter=second)["state"] == "accepted"


def test_mt_5_where_the_profile_asks_for_the_address_billing_is_asked_and_the_serial_is_no_proof(
    form: Form,
) -> None:
    form.world.meter(PLACE, "K1", KYIV, opening="1.8.0=10")
    form.world.now = local("2026-12-03T10:00:00")
    form.send(PLACE, "20", provider=KYIV, serial="", **ADDRESS)
    form.send(PLACE, "21", provider=KYIV, serial="K1", **(ADDRESS | {"flat": "8"}))
    form.send(PLACE, "22", provider=KYIV, serial="K1")
    assert form.billing.asked == []
    form.look()
    assert form.states() == [("accepted", None), ("queued", "proof_wrong"), ("queued", "proof_wrong")]
    assert form.billing.asked[0] == {"provider": KYIV, "number": PLACE, **ADDRESS}
    assert form.world.announced("reading_accepted")[0]["period"] == "2026-11"


def test_mt_5_while_billing_is_away_a_reading_waits_and_is_lost_in_no_case(form: Form) -> None:
    form.world.meter(PLACE, "K1", KYIV, opening="1.8.0=10")
    form.world.now = local("2026-12-03T10:00:00")
    form.billing.away = CabinetError("service_unavailable")
    form.send(PLACE, "20", provider=KYIV, serial="", **ADDRESS)
    form.look()
    form.look()
    assert (form.states(), len(form.billing.asked)) == ([("received", None)], 1)
    form.billing.away = None
    form.world.later(minutes=6)
    form.look()
    assert form.states() == [("accepted", None)]
    # Away for good: a member of staff decides.
    form.billing.away = CabinetError("deadline_exceeded")
    form.send(PLACE, "21", provider=KYIV, serial="", **ADDRESS)
    for _ in range(guests.TRIES + 1):
        form.look()
        form.world.later(minutes=6)
    assert form.states()[1] == ("queued", "service_unavailable")


def test_mt_5_one_that_nobody_has_foreseen_holds_up_no_other(
    form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home(form)
    form.send(value="350")
    form.send(value="360", serial="M1")
    decide = guests._decide

    def fails_on_the_first(call: Any, tools: Any, reading: str, proven: Any) -> None:
        [first] = form.world.rows("select id::text from guest_reading order by id limit 1")
        if reading == first["id"]:
            raise ZeroDivisionError
        decide(call, tools, reading, proven)

    monkeypatch.setattr(guests, "_decide", fails_on_the_first)
    form.look()
    assert [state for state, _ in form.states()] == ["received", "accepted"]


def test_mt_5_a_guest_reading_moves_by_the_table_only() -> None:
    for state, trigger in itertools.product(GUEST_READING.states, GUEST_READING.triggers):
        edge = GUEST_READING.find(state, trigger)
        if edge is not None:
            assert guests.move(state, trigger) == edge.state
        else:
            assert refused(lambda s=state, t=trigger: guests.move(s, t)).code == "already_decided"  # type: ignore[misc]


# --- limits ---------------------------------------------------------------------------------------------------------


def test_mt_5_attempts_are_limited_by_account_and_by_client_in_any_hour(form: Form) -> None:
    limits = form.world.tools.profiles[URAL].guest
    for _ in range(limits.an_hour_per_account):
        form.client = new_id()
        form.send()
        form.world.later(minutes=10)
    form.client = new_id()
    error = refused(form.send)
    assert (error.code, error.fields) == ("too_many_requests", {"retry_after": 3600})
    # An unknown account is limited alike.
    for _ in range(limits.an_hour_per_account):
        form.send("7499999999")
    assert refused(lambda: form.send("7499999999")).code == "too_many_requests"
    # The first one is an hour old: room for one.
    form.world.later(minutes=60 - 10 * limits.an_hour_per_account, seconds=1)
    form.client = new_id()
    form.send()
    assert refused(form.send).code == "too_many_requests"
    form.client = "198.51.100.1"
    for number in range(limits.an_hour_per_client):
        form.send(f"74100{number:05d}")
    assert refused(lambda: form.send("7410099999")).code == "too_many_requests"


def test_drill19_spraying_over_many_accounts_and_clients_stops_at_the_provider(form: Form) -> None:
    guest = msgspec.structs.replace(form.world.tools.profiles[URAL].guest, an_hour_per_provider=5)
    profile = msgspec.structs.replace(form.world.tools.profiles[URAL], guest=guest)
    form.world.tools = replace(form.world.tools, profiles={**form.world.tools.profiles, URAL: profile})
    for number in range(5):
        form.client = f"198.51.100.{number}"
        form.send(f"740000000{number}")
    form.client = "198.51.100.99"
    assert refused(lambda: form.send("7400000009")).code == "too_many_requests"
    # What was refused is counted nowhere: neither against the account nor against the caller.
    assert len(form.world.rows("select 1 from attempt where cardinality(times) > 0")) == 5 + 5 + 1
    form.send(PLACE, provider=KYIV)


def test_mt_5_an_unknown_provider_is_said_to_be_one(form: Form) -> None:
    assert refused(lambda: form.send(provider="nobody")).code == "unknown_provider"


def test_mt_5_what_strangers_typed_is_not_kept_for_ever(form: Form) -> None:
    at_home(form)
    form.send(value="350")
    form.send(value="10")
    form.look()
    form.world.later(days=89)
    housekeeping.forget(ServiceContextProvider(form.world))  # type: ignore[arg-type]
    assert len(form.states()) == 2
    assert form.world.rows("select 1 from attempt") == []
    form.world.later(days=2)
    housekeeping.forget(ServiceContextProvider(form.world))  # type: ignore[arg-type]
    # What nobody has decided stays.
    assert form.states() == [("queued", "reading_below_last")]


def test_drill22_no_address_and_no_number_stands_in_the_table_of_attempts(form: Form) -> None:
    form.send("7400000001")
    keys = [row["key"] for row in form.world.rows("select key from attempt")]
    assert len(keys) == 3
    for canary in (form.client, "7400000001", account_id(URAL, "7400000001"), URAL):
        assert not any(canary in key for key in keys)

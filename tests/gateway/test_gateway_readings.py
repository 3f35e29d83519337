"""Meters and readings over HTTP, with the real metering behind the gateway (MT-1 to MT-6, MT-10, MT-11)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from chassis.clock import FixedClock
from chassis.context import CallContext
from chassis.rpc.server import rpc
from contracts.events.identity import AccountLinked
from contracts.identifiers import account_id, new_id
from contracts.rpc import metering as models
from contracts.rpc.metering import Meters, Taken
from gateway.models.accounts import Accepted
from gateway.service import Gateway
from services.metering.service import MeteringService
from tests.support_code.services import Running, free_port
from tests.support_code.tokens import Tokens
from tests.support_code.waiting import PATIENCE, eventually

URAL, NUMBER = "uralenergosbyt", "7400000001"
ACCOUNT = account_id(URAL, NUMBER)
NOW = datetime(2026, 11, 20, 5, tzinfo=UTC)
METERS = """account_number;serial;resource;zones;digits;decimals;installed_on;opening;next_verification_on;model
7400000001;M1;electricity;1;6;1;2026-07-01;1.8.0=0;2027-01-31;Меркурий 200
"""


class Site:
    """The gateway as people and staff use it."""

    def __init__(self, http: httpx.Client, tokens: Tokens, person: str, clock: FixedClock) -> None:
        self._http, self._tokens, self._person, self.clock = http, tokens, person, clock

    def send(
        self, method: str, path: str, body: Any = None, *roles: str, nobody: bool = False
    ) -> httpx.Response:
        headers = {"Idempotency-Key": new_id()}
        if not nobody:
            token = self._tokens.person(None if roles else self._person, *roles)
            headers["Authorization"] = f"Bearer {token}"
        return self._http.request(method, path, json=body, headers=headers)

    def get(self, path: str, *roles: str) -> httpx.Response:
        return self.send("GET", path, None, *roles)

    def post(self, path: str, body: Any = None, *roles: str) -> httpx.Response:
        return self.send("POST", path, body, *roles)


class Identity:
    """Stands in for identity: it knows no grant that metering has not heard of."""

    name = "identity"
    has_database = False

    @rpc
    def access_of(self, call: CallContext, person: str, account: str) -> Any:
        """None."""
        return {"grants": []}


@pytest.fixture
def site(
    run_service: Callable[..., Running], tokens: Tokens, publish_event: Callable[..., str]
) -> Iterator[Site]:
    """Metering and gateway with one account, which the person has linked, and one meter."""
    clock = FixedClock(NOW)
    run_service(Identity)
    run_service(MeteringService, clock=clock)
    port = free_port()
    run_service(Gateway, http={"host": "127.0.0.1", "port": port})
    person = new_id()
    with httpx.Client(
        base_url=f"http://127.0.0.1:{port}/api/v1", trust_env=False, timeout=PATIENCE
    ) as client:
        found = Site(client, tokens, person, clock)
        report = found.post("/staff/meter-imports", {"provider": URAL, "csv": METERS}, "operator").json()
        assert report["added"] == 1, report
        grant = {"person": person, "account": ACCOUNT, "provider": URAL, "number": NUMBER}
        publish_event(AccountLinked(**grant, at=NOW, scopes=["see", "readings", "pay"]))
        eventually(lambda: found.get(f"/accounts/{ACCOUNT}/meters").status_code == 200)
        yield found


def whole(answer: httpx.Response, kind: Any, status: int = 200) -> Any:
    """The body, which is just what OpenAPI promises: nothing missing and nothing besides."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    read = msgspec.convert(body, kind, strict=False)
    assert set(body) == set(msgspec.to_builtins(read))
    return body


def the_meter(site: Site) -> dict[str, Any]:
    [meter] = whole(site.get(f"/accounts/{ACCOUNT}/meters"), Meters)["meters"]
    return dict(meter)


def refusal(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return dict(answer.json().get("fields", {}))


def test_mt_2_mt_4_readings_are_sent_again_unchanged_and_a_jump_is_confirmed(site: Site) -> None:
    meter = the_meter(site)
    assert meter["window"]["closes_on"] == "2026-11-25" and meter["unconfirmed"] is None
    path = f"/meters/{meter['meter']}/readings"
    for month, value in ((8, "100"), (9, "200"), (10, "300.5")):
        site.clock.moment = datetime(2026, month, 20, 5, tzinfo=UTC)
        body = {"values": {"1.8.0": value}, "confirmed": True}
        assert whole(site.post(path, body), Accepted, 201)["preliminary"] is None
    site.clock.moment = NOW
    fields = refusal(site.post(path, {"values": {"1.8.0": "2000"}}), 409, "reading_jump")
    assert the_meter(site)["unconfirmed"]["reading"] == fields["unconfirmed"]
    confirmed = whole(site.post(f"/readings/{fields['unconfirmed']}/confirmation"), Accepted, 201)
    assert (confirmed["period"], confirmed["values"][0]["consumption"]) == ("2026-11", "1699.5")
    refusal(site.post(f"/readings/{fields['unconfirmed']}/confirmation"), 404, "not_found")
    site.clock.moment = datetime(2026, 12, 20, 5, tzinfo=UTC)
    again = whole(site.post(f"{path}/unchanged"), Accepted, 201)
    assert (again["period"], again["values"][0]["consumption"]) == ("2026-12", "0")
    site.clock.moment = datetime(2026, 12, 26, 5, tzinfo=UTC)
    kept = whole(site.post(f"{path}/unchanged"), Accepted, 201)
    assert (kept["period"], kept["message"]) == ("2027-01", "kept_for_next_window")


def test_mt_3_mt_6_every_source_and_every_version_is_shown(site: Site) -> None:
    meter = the_meter(site)["meter"]
    path = f"/meters/{meter}/readings"
    for value in ("50", "60"):
        assert site.post(path, {"values": {"1.8.0": value}}).status_code == 201
        site.clock.moment = datetime(2026, 11, 20, 6, tzinfo=UTC)
    site.clock.moment = datetime(2026, 11, 21, 6, tzinfo=UTC)
    staff = f"/staff/meters/{meter}/readings"
    control = {"values": {"1.8.0": "55"}, "source": "control"}
    assert whole(site.post(staff, control, "operator"), Taken, 201)["source_name"] == "control"
    refusal(
        site.post(staff, {"values": {"1.8.0": "1"}, "source": "cabinet"}, "operator"),
        422,
        "validation_failed",
    )
    shown = whole(site.get(path), models.ReadingVersions)
    assert [(row["value"], row["source"], row["counts"]) for row in shown["readings"]] == [
        ("55", "control", True),
        ("60", "cabinet", False),
        ("50", "cabinet", False),
        ("0", "opening", True),
    ]
    first = whole(site.get(f"{path}?limit=1"), models.ReadingVersions)
    rest = whole(
        site.get(f"{path}?limit=9&cursor={first['next'].replace('+', '%2B')}"), models.ReadingVersions
    )
    assert [*first["readings"], *rest["readings"]] == shown["readings"]


def test_mt_10_a_register_of_readings_comes_as_text_or_as_the_file_itself(site: Site) -> None:
    text = "account_number;serial;values;read_on\n7400000001;M1;120,5;20.11.2026\n7400000001;Счётчик;1;20.11.2026\n"
    files = [{"csv": text}, {"file": base64.b64encode(text.encode("cp1251")).decode()}]
    reports = [
        whole(
            site.post("/staff/reading-imports", {"provider": URAL, "dry_run": True, **file}, "operator"),
            models.ReadingsReport,
        )
        for file in files
    ]
    assert reports[0] == reports[1]
    assert reports[0]["bad"] == [{"line": 3, "code": "meter_unknown", "column": "serial"}]
    for added, unchanged in ((1, 0), (0, 1)):
        body = {"provider": URAL, **files[1]}
        report = whole(site.post("/staff/reading-imports", body, "operator"), models.ReadingsReport)
        assert (report["added"], report["unchanged"]) == (added, unchanged)
    for wrong in ({}, {"csv": "x", "file": "eA=="}, {"file": "?"}, {"csv": text, "period": "2026-13"}):
        refusal(
            site.post("/staff/reading-imports", {"provider": URAL, **wrong}, "operator"),
            422,
            "validation_failed",
        )


def test_mt_1_mt_11_a_meter_is_verified_and_replaced(site: Site) -> None:
    meter = the_meter(site)["meter"]
    dates = {"verified_on": "2026-11-01", "next_verification_on": "2032-11-01"}
    done = site.send("PUT", f"/staff/meters/{meter}/verification", dates, "operator")
    assert whole(done, models.Verified) == {"meter": meter, **dates}
    passport = whole(site.get(f"/meters/{meter}"), models.Passport)
    assert (passport["next_verification_on"], passport["model"]) == ("2032-11-01", "Меркурий 200")
    body = {
        "replaced_on": "2026-11-19",
        "closing": {"1.8.0": "70"},
        "serial": "M2",
        "opening": {"1.8.0": "3.5"},
    }
    new = whole(site.post(f"/staff/meters/{meter}/replacement", body, "operator"), models.Replaced, 201)
    assert new["replaces"] == meter
    shown = whole(site.get(f"/meters/{meter}"), models.Passport)
    assert (shown["removed_on"], shown["history"][0]["serial"]) == ("2026-11-19", "M2")
    refusal(site.post(f"/staff/meters/{meter}/replacement", body, "operator"), 404, "not_found")
    assert the_meter(site)["meter"] == new["meter"]


def test_drill17_a_guests_answer_is_the_same_in_every_byte(site: Site) -> None:
    meter = the_meter(site)
    good = {"provider": URAL, "number": NUMBER, "serial": "M1", "values": {"1.8.0": "40"}}
    answers = set()
    for more in (
        {},
        {"serial": "M7"},
        {"serial": ""},
        {"number": "7499999999"},
        {"values": {"1.8.0": "99999999"}},
        {"values": {"9.9.9": "1"}},
    ):
        answer = site.send("POST", "/guest/readings", good | more, nobody=True)
        assert whole(answer, models.GuestReceived, 202)
        # Beyond the limits of an hour.
        site.clock.moment += timedelta(minutes=61)
        # What every answer has of its own: when, which, and how many more this network may send.
        own = ("date", "x-request-id", "ratelimit")
        headers = {name: value for name, value in answer.headers.items() if name not in own}
        answers.add((answer.status_code, answer.content, tuple(sorted(headers.items()))))
    assert len(answers) == 1

    queue = eventually(lambda: _queue(site, 5))
    assert sorted({row["reason"] for row in queue}) == [
        "proof_wrong",
        "reading_too_long",
        "registers_incomplete",
    ]
    [last] = the_meter(site)["last_readings"]
    assert (last["value"], last["source_name"], last["period"]) == ("40", "web form", "2026-11")
    wrong = next(row["reading"] for row in queue if row["reason"] == "registers_incomplete")
    path = f"/staff/guest-readings/{wrong}/decision"
    refusal(
        site.post(path, {"accept": True, "meter": meter["meter"]}, "operator"), 422, "registers_incomplete"
    )
    rejected = whole(
        site.post(path, {"accept": False, "note": "no such register"}, "operator"), models.Decided
    )
    assert rejected["state"] == "rejected"
    refusal(site.post(path, {"accept": False}, "operator"), 409, "already_decided")


def _queue(site: Site, count: int) -> list[dict[str, Any]]:
    found = whole(site.get(f"/staff/guest-readings?provider={URAL}", "operator"), models.GuestQueue)
    rows: list[dict[str, Any]] = found["readings"]
    return rows if len(rows) == count else []


def test_mt_5_too_many_from_one_client_are_told_when_to_come_back(site: Site) -> None:
    for number in range(20):
        body = {"provider": URAL, "number": f"75{number:08d}", "serial": "x", "values": {"1.8.0": "1"}}
        assert site.send("POST", "/guest/readings", body, nobody=True).status_code == 202
    answer = site.send("POST", "/guest/readings", body | {"number": "7599999999"}, nobody=True)
    refusal(answer, 429, "too_many_requests")
    assert answer.headers["Retry-After"] == "3600"


def test_drill18_a_foreign_meter_is_not_found_whatever_is_asked(site: Site, tokens: Tokens) -> None:
    meter = the_meter(site)["meter"]
    stranger = Site(site._http, tokens, new_id(), site.clock)
    for answer in (
        stranger.get(f"/meters/{meter}"),
        stranger.get(f"/meters/{meter}/readings"),
        stranger.post(f"/meters/{meter}/readings/unchanged"),
        stranger.post(f"/readings/{new_id()}/confirmation"),
        stranger.get(f"/meters/{new_id()}"),
    ):
        refusal(answer, 404, "not_found")

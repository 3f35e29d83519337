"""Ended sessions are refused while their tokens are still good (ID-3, drill 20)."""

from __future__ import annotations

from typing import Any

import pytest
from prometheus_client import REGISTRY

from authorisation.subject import ServiceTokens, SubjectVerifier
from chassis.context import current
from chassis.rpc.client import RemoteService
from contracts.errors import CabinetError
from contracts.identifiers import new_id
from gateway.revocations import DEADLINE, EVERY, LIFE, SLACK, Revocations, RevocationWatch
from tests.gateway.world import World, problem


class Tick:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class FakeIdentity:
    """What identity answers, and what it was asked."""

    def __init__(self, verifier: SubjectVerifier) -> None:
        self.verifier = verifier
        self.answer: Any = {"sessions": [], "next": 1, "life": 600}
        self.asked: list[tuple[str, str, int]] = []

    def ended_sessions(self, *, after: int) -> Any:
        subject = self.verifier.verify(current().subject)
        self.asked.append((subject.kind, subject.id, after))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def identity(world: World) -> FakeIdentity:
    return FakeIdentity(SubjectVerifier(world.keys.public_key, world.keys.service_key))


def _watch(world: World, identity: Any, known: Revocations) -> RevocationWatch:
    return RevocationWatch(known, identity, ServiceTokens("gateway", world.keys.service_key))


def _polls(outcome: str) -> float:
    return REGISTRY.get_sample_value("revocation_polls_total", {"outcome": outcome}) or 0.0


def test_drill20_an_end_is_kept_for_as_long_as_a_token_of_it_could_live() -> None:
    tick = Tick()
    known = Revocations(tick)
    known.add(["a"])
    tick.now += 300
    known.add(["a", "b"])
    tick.now += LIFE + SLACK - 301
    known.forget()
    assert "a" in known and "b" in known and "c" not in known
    tick.now += 1
    assert "a" not in known and "b" in known
    known.forget()
    assert len(known) == 1


def test_drill20_a_failed_question_or_two_still_keep_within_a_minute() -> None:
    assert 3 * (EVERY + DEADLINE) <= 60
    assert Revocations().life >= 600


def test_drill20_the_gateway_asks_in_its_own_name_and_from_where_it_was(
    world: World, identity: FakeIdentity
) -> None:
    known = Revocations()
    watch = _watch(world, identity, known)
    identity.answer = {"sessions": ["a"], "next": 77, "life": 30}
    assert watch.look()
    identity.answer = {"sessions": ["b"], "next": 78, "life": 30}
    assert watch.look()
    assert identity.asked == [("service", "gateway", 0), ("service", "gateway", 77)]
    assert "a" in known and "b" in known and known.life == 30


@pytest.mark.parametrize("failure", [CabinetError("service_unavailable"), {"nonsense": 1}])
def test_drill20_while_identity_is_away_the_gateway_goes_on_with_what_it_knows(
    world: World, identity: FakeIdentity, failure: Any
) -> None:
    known = Revocations()
    watch = _watch(world, identity, known)
    identity.answer = {"sessions": ["a"], "next": 77, "life": 600}
    assert watch.look()
    code = "service_unavailable" if isinstance(failure, CabinetError) else "internal_error"
    before = _polls(code)
    identity.answer = failure
    assert not watch.look()
    assert "a" in known and _polls(code) == before + 1
    identity.answer = {"sessions": ["b"], "next": 78, "life": 600}
    assert watch.look()
    assert identity.asked[-1] == ("service", "gateway", 77) and "b" in known


def test_drill20_a_token_of_an_ended_session_is_401_and_reaches_no_service(world: World) -> None:
    session, other = new_id(), new_id()
    world.app._revocations.add([session])
    world.answer("identity.me", {"person": "p"})
    refused = world.get("/me", token=world.keys.person(None, session=session))
    problem(refused, 401, "session_ended")
    assert world.client.calls == []
    staff = world.keys.person(None, "administrator", session=session)
    problem(world.get("/staff/people", token=staff), 401, "session_ended")
    assert world.get("/me", token=world.keys.person(None, session=other)).status_code == 200
    # Whoever signs in anew, or looks at what is open to anyone, is not kept from it by an old token.
    world.answer("identity.sign_in", {"second_factor": "none", "roles": []})
    body = {"login": "a", "password": "b"}
    assert world.post("/sessions", body, token=world.keys.person(None, session=session)).status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "rpc"),
    [
        ("DELETE", "/sessions/current", "identity.sign_out"),
        ("DELETE", "/sessions/01a201d2-b350-73cd-a215-01733ea681bf", "identity.sign_out_session"),
        ("DELETE", "/sessions", "identity.sign_out_everywhere"),
    ],
)
def test_drill20_what_ends_through_this_gateway_is_refused_at_once(
    world: World, method: str, path: str, rpc: str
) -> None:
    session, ended = new_id(), new_id()
    world.answer(rpc, {"signed_out": True, "ended": [ended]})
    world.answer("identity.me", {"person": "p"})
    assert world.send(method, path, token=world.keys.person(None, session=session)).status_code == 200
    problem(world.get("/me", token=world.keys.person(None, session=ended)), 401, "session_ended")
    expected = 401 if path.endswith("current") else 200
    assert world.get("/me", token=world.keys.person(None, session=session)).status_code == expected


def test_drill20_a_reused_refresh_token_ends_its_access_tokens_here_at_once(world: World) -> None:
    session = new_id()
    world.answer("identity.refresh", CabinetError("session_ended", ended=[session]))
    refused = world.post("/sessions/refresh", {"refresh_token": "r"}, token=None)
    assert problem(refused, 401, "session_ended").get("fields", {}) == {}
    problem(world.get("/me", token=world.keys.person(None, session=session)), 401, "session_ended")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/roles", {"roles": ["operator"]}),
        ("PUT", "/disabled", {"disabled": True}),
        ("DELETE", "/second-factor", None),
    ],
)
def test_id10_a_change_of_staff_ends_the_members_tokens_here_at_once(
    world: World, method: str, path: str, body: Any
) -> None:
    session, person = new_id(), new_id()
    for rpc in ("change_staff_roles", "disable_staff", "reset_second_factor"):
        world.answer(f"identity.{rpc}", {"person": person, "ended": [session]})
    administrator = world.keys.person(None, "administrator")
    answer = world.send(method, f"/staff/people/{person}{path}", administrator, body)
    assert (answer.status_code, answer.json) == (200, {"person": person, "ended": [session]})
    problem(world.get("/me", token=world.keys.person(None, session=session)), 401, "session_ended")


def test_id3_the_user_agent_goes_to_identity_cut_short(world: World) -> None:
    world.answer("identity.sign_in", {"second_factor": "none", "roles": []})
    world.post("/sessions", {"login": "a", "password": "b"}, token=None, User_Agent="x" * 600)
    assert world.client.calls == [("identity.sign_in", {"login": "a", "password": "b", "device": "x" * 512})]


def test_id10_the_audit_log_is_asked_for_with_its_filters(world: World) -> None:
    world.answer("identity.audit", {"entries": [], "next": None})
    account = new_id()
    query = f"target=account&id={account}&since=2026-11-01T00:00:00%2B05:00&cursor=7&limit=3"
    answer = world.get(f"/staff/audit?{query}", token=world.keys.person(None, "administrator"))
    assert (answer.status_code, answer.json) == (200, {"entries": [], "next": None})
    [(_, asked)] = world.client.calls
    assert {name: value for name, value in asked.items() if value is not None} == {
        "target": "account", "id": account, "since": "2026-11-01T00:00:00+05:00", "cursor": "7", "limit": 3,
    }  # fmt: skip
    refused = world.get("/staff/audit?since=2026-11-01", token=world.keys.person(None, "administrator"))
    assert refused.status_code == 422


def test_a_remote_service_is_what_the_watch_asks(world: World) -> None:
    """The method's name and arguments, over the client that the gateway has."""
    world.answer("identity.ended_sessions", {"sessions": ["a"], "next": 3, "life": 600})
    known = Revocations()
    remote = RemoteService(world.client, "identity", 5.0)  # type: ignore[arg-type]
    assert _watch(world, remote, known).look()
    assert world.client.calls == [("identity.ended_sessions", {"after": 0})] and "a" in known

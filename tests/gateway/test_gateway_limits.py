"""Rates of networks and persons with their headers (GW-4), pages of other origins."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from chassis.configuration import ConfigurationError, Environment
from gateway.configuration import DOCUMENTS, NETWORK, PERSON, GatewaySettings, gateway_settings
from gateway.rate_limits import Policy, RateLimits
from tests.gateway.world import API, SAMPLE_ID, World, problem
from tests.support_code.tokens import Tokens

PAGE = "https://cabinet.example"


def limited(tokens: Tokens, **quotas: int) -> World:
    """The gateway with these quotas, and no others."""
    policies = tuple(replace(one, quota=quotas.get(one.name, 0)) for one in GatewaySettings.policies)
    found = World(tokens, GatewaySettings(policies=policies, origins=frozenset({PAGE})))
    found.answer("identity.me", {"person": "p"})
    found.answer("billing.bill_pdf", {"pdf": "", "name": "bill.pdf"})
    return found


def test_gw4_a_person_who_asks_too_often_is_told_when_to_come_again(tokens: Tokens) -> None:
    world = limited(tokens, person=3)
    ann, bob = tokens.person(SAMPLE_ID), tokens.person()
    for left in (2, 1, 0):
        answer = world.get("/me", token=ann)
        assert re.fullmatch(rf'"person";r={left};t=(59|60)', answer.headers["RateLimit"])
        assert '"person";q=3;w=60' in answer.headers["RateLimit-Policy"]
    refused = world.get("/me", token=ann)
    body = problem(refused, 429, "too_many_requests")
    assert body["fields"] == {"retry_after": int(refused.headers["Retry-After"]), "policy": "person"}
    assert 58 < body["fields"]["retry_after"] <= 60
    assert world.get("/me", token=bob).status_code == 200
    assert len([name for name, _ in world.client.calls if name == "identity.me"]) == 4


def test_gw4_a_network_is_counted_before_anybody_is_asked(tokens: Tokens) -> None:
    world = limited(tokens, network=2)
    here = {"REMOTE_ADDR": "198.51.100.6"}
    assert world.http.get(f"{API}/problems", environ_base=here).status_code == 200
    assert world.http.get(f"{API}/me", environ_base=here).status_code == 401
    refused = world.http.post(f"{API}/sessions", json={"login": "x", "password": "y"}, environ_base=here)
    problem(refused, 429, "too_many_requests")
    assert world.client.calls == []
    other = {"REMOTE_ADDR": "198.51.100.7"}
    assert world.http.get(f"{API}/problems", environ_base=other).status_code == 200
    # Of IPv6 a /64 is one caller.
    for address, status in (("2001:db8::1", 200), ("2001:db8::2", 200), ("2001:db8::3", 429)):
        answer = world.http.get(f"{API}/problems", environ_base={"REMOTE_ADDR": address})
        assert answer.status_code == status


def test_gw4_documents_have_a_rate_of_their_own(tokens: Tokens) -> None:
    world = limited(tokens, documents=1)
    ann = tokens.person(SAMPLE_ID)
    assert world.get(f"/bills/{SAMPLE_ID}/pdf", token=ann).status_code != 429
    refused = problem(world.get(f"/bills/{SAMPLE_ID}/pdf", token=ann), 429, "too_many_requests")
    assert refused["fields"]["policy"] == DOCUMENTS
    assert world.get("/me", token=ann).status_code == 200


def test_gw4_a_window_ends_and_windows_that_are_over_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("gateway.rate_limits.time.monotonic", lambda: now)
    monkeypatch.setattr("gateway.rate_limits.MAX_WINDOWS", 3)
    limits, policy = RateLimits(), Policy(NETWORK, 1, 60)
    for caller in "abc":
        limits.count([(policy, caller)])
    now = 1061.0
    assert limits.count([(policy, "d")]) is not None
    assert list(limits._windows) == [(NETWORK, "d")]
    assert limits.count([(policy, "a")]) is not None
    assert limits.count([(policy, ""), (Policy(PERSON, 0, 60), "d")]) is None


def test_gw4_configuration_says_what_is_wrong_with_it() -> None:
    given = {"CORS_ORIGINS": f"{PAGE}, cabinet.example/x", "RATE_LIMIT_PERSON": "many"}
    with pytest.raises(ConfigurationError) as refused:
        gateway_settings({"env": Environment(given)})
    assert "CORS_ORIGINS" in str(refused.value) and "RATE_LIMIT_PERSON" in str(refused.value)
    read = gateway_settings({"env": Environment({"CORS_ORIGINS": PAGE, "RATE_LIMIT_PERSON": "7"})})
    assert (read.origins, read.policy(PERSON).quota, read.connections_of_a_network) == ({PAGE}, 7, 200)
    behind = gateway_settings({"env": Environment({}), "http": {"proxy_hops": 1}})
    assert behind.connections_of_a_network == 0


# --- CORS -------------------------------------------------------------------------------------------------------------


def preflight(world: World, origin: str) -> dict[str, str]:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    answer = world.http.open(f"{API}/payments", method="OPTIONS", headers=headers)
    assert answer.status_code == 204
    return dict(answer.headers)


def test_gw1_a_configured_page_may_call_and_read_our_headers(tokens: Tokens) -> None:
    world = limited(tokens)
    allowed = preflight(world, PAGE)
    assert allowed["Access-Control-Allow-Origin"] == PAGE
    assert "Idempotency-Key" in allowed["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in allowed
    answer = world.get("/me", Origin=PAGE)
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert "RateLimit" in answer.headers["Access-Control-Expose-Headers"]
    assert "Origin" in answer.headers.getlist("Vary")
    # A refusal can be read as well.
    assert (
        world.http.get(f"{API}/me", headers={"Origin": PAGE}).headers["Access-Control-Allow-Origin"] == PAGE
    )


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", f"{PAGE}.evil.example", "http://cabinet.example"]
)
def test_gw1_another_page_may_not(tokens: Tokens, origin: str) -> None:
    world = limited(tokens)
    for headers in (preflight(world, origin), dict(world.get("/me", Origin=origin).headers)):
        assert not [name for name in headers if name.startswith("Access-Control")]

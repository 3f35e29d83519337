"""The gateway's own container over HTTP, with services on the real broker (GW-2, GW-4, PY-4)."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import eventlet
import httpx
import pytest

from chassis.context import CallContext
from chassis.rpc.server import rpc as rpc_entrypoint
from contracts.identifiers import new_id
from gateway.service import Gateway
from tests.support_code.services import Running, free_port
from tests.support_code.tokens import Tokens
from tests.support_code.waiting import PATIENCE, eventually


class Identity:
    """Stands in for identity; remembers what travelled with the calls."""

    name = "identity"
    has_database = False
    heard: ClassVar[list[CallContext]] = []

    @rpc_entrypoint
    def accounts(self, call: CallContext) -> Any:
        """One account."""
        self.heard.append(call)
        row = {"account": "a", "provider": "p", "number": "1", "name": "", "group": "g"}
        return {"accounts": [row]}

    @rpc_entrypoint
    def me(self, call: CallContext) -> Any:
        """Fails with a secret in its words."""
        raise RuntimeError("secret +79990001122")


class Billing:
    """Stands in for billing: it takes its time."""

    name = "billing"
    has_database = False

    @rpc_entrypoint
    def overview(self, call: CallContext) -> Any:
        """Never within the deadline."""
        eventlet.sleep(10 * PATIENCE)


class Payments:
    """Stands in for payments: it remembers webhooks."""

    name = "payments"
    has_database = False
    heard: ClassVar[list[dict[str, Any]]] = []

    @rpc_entrypoint
    def webhook(self, call: CallContext, **request: Any) -> Any:
        """Keeps it."""
        self.heard.append(request)
        return {"outcome": "unchanged"}


@pytest.fixture
def http(run_service: Callable[..., Running]) -> Iterator[httpx.Client]:
    """The gateway, and a client of it."""
    port = free_port()
    run_service(Gateway, http={"host": "127.0.0.1", "port": port})
    base = f"http://127.0.0.1:{port}/api/v1"
    with httpx.Client(base_url=base, trust_env=False, timeout=PATIENCE) as client:
        yield client


def _bearer(tokens: Tokens) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.person()}"}


def test_gw2_a_dead_and_a_slow_service_are_named_within_the_deadline(
    http: httpx.Client, run_service: Callable[..., Running], tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gateway.routes import overview

    monkeypatch.setattr(overview, "DEADLINE", 2.0)
    run_service(Identity)
    slow = run_service(Billing)
    began = time.perf_counter()
    page = http.get("/overview", headers=_bearer(tokens)).json()
    took = time.perf_counter() - began
    assert sorted(page["missing"]) == ["amounts", "messages", "meters", "points"]
    assert [account["account"] for account in page["accounts"]] == ["a"]
    assert 1.9 < took < PATIENCE / 2  # its own deadline, not the slow one's time
    slow.kill()


def test_gw4_request_id_trace_deadline_and_subject_reach_the_service(
    http: httpx.Client, run_service: Callable[..., Running], tokens: Tokens
) -> None:
    run_service(Identity)
    Identity.heard.clear()
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = _bearer(tokens) | {
        "X-Request-Id": "req-from-client",
        "traceparent": f"00-{trace}-00f067aa0ba902b7-01",
        "X-Subject": "forged",
    }
    assert http.get("/accounts", headers=headers).status_code == 200
    [call] = Identity.heard
    assert (call.request_id, call.traceparent[3:35], call.idempotency_key) == ("req-from-client", trace, "")
    assert call.subject == headers["Authorization"].split()[1]
    assert 0 < call.remaining() <= 10


def test_gw1_a_services_own_words_do_not_leak(
    http: httpx.Client, run_service: Callable[..., Running], tokens: Tokens
) -> None:
    run_service(Identity)
    answer = http.get("/me", headers=_bearer(tokens))
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.text and "7999" not in answer.text


def test_drill6_a_missing_service_is_503_at_once(http: httpx.Client, tokens: Tokens) -> None:
    answer = http.get(f"/bills/{new_id()}", headers=_bearer(tokens))
    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")  # not its deadline


def test_py4_a_webhook_reaches_payments_byte_for_byte_with_its_sender(
    http: httpx.Client, run_service: Callable[..., Running]
) -> None:
    run_service(Payments)
    Payments.heard.clear()
    body = '{ "event":"payment.succeeded" ,\n"object":{"id":"1","note":"Оплата \\u0041"} }'
    headers = {"X-Forwarded-For": "185.71.76.1", "Content-Type": "text/plain", "Authorization": "Bearer x"}
    answer = http.post("/webhooks/yookassa", content=body.encode(), headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"outcome": "unchanged"})
    # The header of a proxy that is not there is not believed.
    assert Payments.heard == [{"system": "yookassa", "body": body, "remote": "127.0.0.1"}]
    for wrong in (b"", b"\xff\xfe"):
        assert http.post("/webhooks/yookassa", content=wrong).status_code == 400
    assert len(Payments.heard) == 1


def test_py4_behind_a_proxy_the_sender_is_the_one_that_the_proxy_saw(
    run_service: Callable[..., Running],
) -> None:
    port = free_port()
    run_service(Gateway, http={"host": "127.0.0.1", "port": port, "proxy_hops": 1})
    run_service(Payments)
    Payments.heard.clear()
    url = f"http://127.0.0.1:{port}/api/v1/webhooks/yookassa"
    headers = {"X-Forwarded-For": "185.71.76.1, 203.0.113.9"}
    answer = httpx.post(url, content=b"{}", headers=headers, trust_env=False, timeout=PATIENCE)
    assert answer.status_code == 200
    assert Payments.heard[0]["remote"] == "203.0.113.9"


def test_gw1_a_broken_request_costs_no_one_else_anything(http: httpx.Client, tokens: Tokens) -> None:
    address = (http.base_url.host, http.base_url.port)
    with socket.create_connection(address) as idle, socket.create_connection(address) as broken:
        idle.sendall(b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        broken.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
        assert eventually(lambda: http.get("/nothing").status_code == 404)
    assert http.get("/nothing").status_code == 404

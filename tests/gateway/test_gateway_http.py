"""Headers: request ids, traces, security, ETags, compression; idempotency keys (GW-1, GW-4)."""

from __future__ import annotations

import gzip
import json
import re
import uuid

import pytest

from gateway.operations import OPERATIONS
from tests.gateway.world import SAMPLE_ID, World, problem

ME = {"person": "p", "phone": None, "email": None, "name": "", "language": "ru", "roles": []}
LARGE = ME | {"name": "x" * 2000}


def test_gw4_a_request_id_is_echoed_and_follows_the_call(world: World) -> None:
    world.answer("identity.me", ME)
    answer = world.get("/me", X_Request_Id="req-12345.A_b")
    assert answer.headers["X-Request-Id"] == "req-12345.A_b"
    assert world.client.contexts[0].request_id == "req-12345.A_b"


@pytest.mark.parametrize(
    "given", ["", "short", "x" * 65, "has space in it", "semi;colon;1", "<script>1", "Ж" * 8]
)
def test_gw4_a_request_id_of_another_form_is_replaced(world: World, given: str) -> None:
    world.answer("identity.me", ME)
    used = {
        world.get("/me", X_Request_Id=given.encode().decode("latin-1")).headers["X-Request-Id"]
        for _ in range(2)
    }
    assert len(used) == 2 and all(uuid.UUID(one).version == 7 for one in used)
    assert {call.request_id for call in world.client.contexts} == used


def test_gw4_the_trace_goes_on_from_the_clients(world: World) -> None:
    world.answer("identity.me", ME)
    trace, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    world.get("/me", traceparent=f"00-{trace}-{span}-01")
    version, passed, parent, flags = world.client.contexts[0].traceparent.split("-")
    assert (version, passed, flags) == ("00", trace, "01") and parent != span and len(parent) == 16


@pytest.mark.parametrize("given", ["", "x", "00-1-2-3", "00-" + "0" * 31 + "-0000000000000000-00"])
def test_gw4_without_a_readable_trace_a_new_one_begins(world: World, given: str) -> None:
    world.answer("identity.me", ME)
    world.get("/me", traceparent=given)
    world.get("/me", traceparent=given)
    seen = [call.traceparent for call in world.client.contexts]
    assert len(set(seen)) == 2
    assert all(re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-00", one) for one in seen)


def test_gw4_security_headers_on_every_answer(world: World) -> None:
    world.answer("identity.me", ME)
    answer = world.get("/me")
    expected = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "private, no-cache",
    }
    assert {name: answer.headers[name] for name in expected} == expected
    assert "max-age=" in answer.headers["Strict-Transport-Security"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "Server" not in answer.headers and "Set-Cookie" not in answer.headers


def test_gw1_an_unchanged_answer_is_304_and_empty(world: World) -> None:
    world.answer("identity.me", LARGE)
    first = world.get("/me")
    tag = first.headers["ETag"]
    strong = tag.removeprefix("W/")
    for given in (tag, strong, f'"x", {tag}', f"W/{strong}", "*"):
        again = world.get("/me", If_None_Match=given, Accept_Encoding="gzip")
        assert (again.status_code, again.data) == (304, b""), given
        assert again.headers["ETag"] == tag and "Content-Encoding" not in again.headers
    world.answer("identity.me", LARGE | {"name": "y"})
    changed = world.get("/me", If_None_Match=tag)
    assert changed.status_code == 200 and changed.headers["ETag"] != tag
    world.answer("identity.accounts", {"accounts": []})
    assert "ETag" not in world.send("DELETE", "/sessions/current").headers


def test_gw1_large_answers_are_compressed_for_who_can_read_them(world: World) -> None:
    world.answer("identity.me", LARGE)
    plain = world.get("/me")
    packed = world.get("/me", Accept_Encoding="br, gzip;q=0.5")
    assert packed.headers["Content-Encoding"] == "gzip" and len(packed.data) < len(plain.data)
    assert json.loads(gzip.decompress(packed.data)) == json.loads(plain.data) == LARGE
    assert packed.headers["Content-Length"] == str(len(packed.data))
    # A cache must know that there are two.
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    for given in ("", "identity", "br", "gzip;q=0"):
        assert "Content-Encoding" not in world.get("/me", Accept_Encoding=given).headers
    world.answer("identity.me", ME)
    assert "Content-Encoding" not in world.get("/me", Accept_Encoding="gzip").headers


def test_gw1_head_is_get_without_its_body(world: World) -> None:
    world.answer("identity.me", ME)
    head, get = world.send("HEAD", "/me"), world.get("/me")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["ETag"] == get.headers["ETag"]


def test_bl7_a_document_is_an_attachment_under_its_own_name(world: World) -> None:
    world.answer("billing.bill_pdf", {"name": 'квитанция "7"\r\nX: y.pdf', "content": "JVBERg=="})
    answer = world.get(f"/bills/{SAMPLE_ID}/pdf?language=ru")
    assert (answer.data, answer.mimetype) == (b"%PDF", "application/pdf")
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename*=UTF-8''%D0%BA") and '"' not in disposition
    assert "X" not in answer.headers and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert world.client.calls == [("billing.bill_pdf", {"bill": SAMPLE_ID, "language": "ru"})]


# --- idempotency keys -----------------------------------------------------------------------------------------------


def test_gw1_posts_that_change_money_or_readings_need_a_key() -> None:
    needed = {item.name for item in OPERATIONS if item.idempotent}
    assert {"create_payment", "submit_readings", "enter_readings"} <= needed
    assert all(item.method == "POST" for item in OPERATIONS if item.idempotent)


@pytest.mark.parametrize(
    "operation", [item for item in OPERATIONS if item.idempotent], ids=lambda item: item.name
)
def test_drill9_without_a_key_is_400_and_a_malformed_one_too(world: World, operation: object) -> None:
    plain = {"channel": "1.29.0", "day": "2026-11-01"}
    path = re.sub(
        r"\{(\w+)\}",
        lambda found: plain.get(found[1], SAMPLE_ID),
        operation.path,  # type: ignore[attr-defined]
    )
    token = world.keys.person(None, "operator", "accountant", "administrator")
    problem(world.send("POST", path, token, {}), 400, "idempotency_key_missing")
    for key in ("short", "x" * 256, "has a space", "Ж" * 8):
        sent = world.send("POST", path, token, {}, Idempotency_Key=key.encode().decode("latin-1"))
        problem(sent, 400, "malformed_request")
    assert world.client.calls == []


def test_drill9_the_key_travels_with_the_call_and_only_where_it_counts(world: World) -> None:
    world.post(
        "/payments",
        {"parts": [{"account": "a", "amount": "1"}], "return_url": "http://x/"},
        Idempotency_Key="a-key-00001",
    )
    world.post("/sessions", {"login": "x", "password": "y"}, Idempotency_Key="a-key-00001")
    assert [call.idempotency_key for call in world.client.contexts] == ["a-key-00001", ""]


def test_py1_amounts_cross_as_exact_text(world: World) -> None:
    answer = {"payment": SAMPLE_ID, "total": "0.30"}
    world.answer("payments.create", answer)
    raw = b'{"parts": [{"account": "a", "amount": 0.30}, {"account": "b", "amount": "100.10"}], "return_url": "http://x/"}'
    headers = {"Authorization": f"Bearer {world.keys.person()}", "Idempotency-Key": "key-00001"}
    sent = world.http.post("/api/v1/payments", data=raw, headers=headers, content_type="application/json")
    assert (sent.status_code, sent.json) == (201, answer)
    [(_, request)] = world.client.calls
    assert request["parts"] == [{"account": "a", "amount": "0.30"}, {"account": "b", "amount": "100.10"}]

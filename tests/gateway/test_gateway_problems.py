"""Problem details (RFC 9457) for every kind of error (GW-1), and nothing of our insides in them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.errors import CATALOGUE, KINDS, CabinetError
from contracts.wording import LANGUAGES, problem_title
from gateway.bodies import MAX_BODY
from tests.gateway.world import API, World, problem

GOOD = {"login": "+79990001122", "password": "x"}


@pytest.mark.parametrize("code", CATALOGUE)
def test_gw1_every_code_of_the_catalogue_is_a_problem(world: World, code: str) -> None:
    world.answer("identity.me", CabinetError(code, "Plain words.", retry_after=7, rules=["length"]))
    answer = world.get("/me")
    body = problem(answer, KINDS[CATALOGUE[code]], code)
    assert (body["title"], body["detail"]) == (problem_title("en", code), "Plain words.")
    assert body["fields"] == {"retry_after": 7, "rules": ["length"]}
    assert ("Retry-After" in answer.headers) == (CATALOGUE[code] in ("limited", "unavailable"))
    assert ("WWW-Authenticate" in answer.headers) == (answer.status_code == 401)


def test_gw1_a_code_of_a_newer_service_is_an_internal_error_with_its_code(world: World) -> None:
    world.answer("identity.me", CabinetError("moon_is_full"))
    assert problem(world.get("/me"), 500, "moon_is_full")["title"] == problem_title("en", "internal_error")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"), ("ru", "ru"), ("uk-UA,uk;q=0.9,en;q=0.5", "uk"), ("de, ru-RU;q=0.4", "ru"), ("de", "en"),
        ("*", "ru"), (";;;q=x", "en"),
    ],
)  # fmt: skip
def test_gw6_a_title_is_in_the_language_that_the_caller_reads(
    world: World, accepted: str, language: str
) -> None:
    answer = world.http.get(f"{API}/me", headers={"Accept-Language": accepted} if accepted else {})
    assert problem(answer, 401, "unauthenticated")["title"] == problem_title(language, "unauthenticated")
    assert (answer.headers["Content-Language"], answer.headers["Vary"]) == (language, "Accept-Language")


def test_gw6_the_codes_come_with_titles_in_three_languages(world: World) -> None:
    shown = world.http.get(f"{API}/problems").json["problems"]
    assert [kind["code"] for kind in shown] == sorted(CATALOGUE)
    for kind in shown:
        assert kind["status"] == KINDS[CATALOGUE[kind["code"]]]
        assert kind["title"] == {language: problem_title(language, kind["code"]) for language in LANGUAGES}


@pytest.mark.parametrize(
    "path", ["/nothing", "/", "/bills", "/bills/7", "/accounts//meters", "//providers", "/me/x"]
)
def test_gw1_what_is_not_there_is_404(world: World, path: str) -> None:
    problem(world.get(path), 404, "not_found")


def test_gw1_a_path_outside_the_interface_is_404(world: World) -> None:
    for path in ("/", "/api", "/api/v2/me", "/../etc/passwd", "/%00", "/api/v1/%ff%fe"):
        problem(world.http.get(path), 404, "not_found")


@pytest.mark.parametrize(("method", "path", "allowed"), [
    ("PUT", "/me", "GET, HEAD, PATCH, DELETE"), ("PUT", "/sessions", "GET, HEAD, POST, DELETE"),
    ("PATCH", "/accounts", "GET, HEAD, POST"),
    ("OPTIONS", "/me", "GET, HEAD"), ("TRACE", "/me", "GET, HEAD"),
])  # fmt: skip
def test_gw1_another_method_is_405_and_names_the_right_ones(
    world: World, method: str, path: str, allowed: str
) -> None:
    answer = world.send(method, path)
    if method == "OPTIONS" and answer.status_code == 200:
        return
    problem(answer, 405, "unknown_method")
    assert set(allowed.split(", ")) <= set(answer.headers["Allow"].split(", "))


def test_gw1_too_large_a_body_is_413(world: World) -> None:
    answer = world.http.post(f"{API}/sessions", data=b"x" * (MAX_BODY + 1), content_type="application/json")
    problem(answer, 413, "body_too_large")
    assert world.client.calls == []


@pytest.mark.parametrize(
    "data", [b"", b"{", b"nil", b"\xff\xfe", b'{"login": "\xff"}', b'{"login": "x",}', b"\0"]
)
def test_gw1_a_body_that_is_not_json_is_400(world: World, data: bytes) -> None:
    answer = world.http.post(f"{API}/sessions", data=data, content_type="application/json")
    problem(answer, 400, "malformed_request")


@pytest.mark.parametrize("data", [
    b"{}", b"[]", b"null", b'"x"', b'{"login": 7, "password": "x"}', b'{"login": "x"}',
    b'{"login": "x", "password": "y", "more": 1}', b"[" * 50_000, b'{"x":' * 50_000,
])  # fmt: skip
def test_gw1_a_body_of_another_form_is_422(world: World, data: bytes) -> None:
    answer = world.http.post(f"{API}/sessions", data=data, content_type="application/json")
    body = problem(answer, 422, "validation_failed")
    assert all(fault["code"] and fault["detail"] for fault in body["errors"]) and world.client.calls == []


@pytest.mark.parametrize(
    "query", ["limit=x", "limit=", "limit=1.5", "more=1", "limit=1&cursor=1&x=y", "kinds=a&b="]
)
def test_gw1_a_query_of_another_form_is_422(world: World, query: str) -> None:
    problem(world.get(f"/history?{query}"), 422, "validation_failed")


@pytest.mark.parametrize(
    "path", ["/accounts/{}/statement", "/meters/{}/intervals"], ids=["statement", "intervals"]
)
def test_gw1_days_must_be_days(world: World, path: str) -> None:
    path = path.format("0" * 36)
    for query in (
        "",
        "first_day=2026-11-01",
        "first_day=2026-02-30&last_day=2026-03-01",
        "first_day=x&last_day=y",
    ):
        problem(world.get(f"{path}?{query}"), 422, "validation_failed")


@pytest.mark.parametrize("of", ["GET ", "POST /edits"])
def test_gw1_a_day_of_a_channel_is_found_though_neither_is_an_id(world: World, of: str) -> None:
    method, rest = of.split(" ")
    path = f"/staff/meters/{'0' * 36}/intervals/1.29.0/2026-11-01{rest}"
    problem(world.send(method, path, token=world.keys.person("p", "accountant")), 403, "forbidden")


SECRET = "postgresql://cabinet:hunter2@10.0.0.1/person +79990001122"


@pytest.mark.parametrize(
    "error", [RuntimeError(SECRET), KeyError(SECRET), OSError(SECRET), MemoryError(SECRET)]
)
def test_gw1_no_internal_text_leaks_in_a_500(
    world: World, error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails() -> Any:
        raise error

    world.answer("identity.me", fails)
    answer = world.get("/me")
    body = problem(answer, 500, "internal_error")
    assert set(body) == {"type", "title", "status", "code", "request_id"}
    for text in ("hunter2", "10.0.0.1", "person", type(error).__name__, "Traceback"):
        assert text not in answer.text
    printed = capsys.readouterr()
    assert "hunter2" not in printed.out + printed.err


@pytest.mark.parametrize("answer", [None, {}, {"accounts": 7}, {"messages": object()}, object()])
def test_gw1_an_answer_that_no_one_expected_is_500_without_words(world: World, answer: Any) -> None:
    world.answer("billing.bill_pdf", answer)
    body = problem(world.get(f"/bills/{'0' * 36}/pdf"), 500, "internal_error")
    assert "detail" not in body


def test_gw4_errors_have_the_security_headers_too(world: World) -> None:
    for answer in (
        world.get("/nothing"),
        world.send("PUT", "/me"),
        world.get("/me"),
        world.get("/me", token=None),
    ):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert json.loads(answer.data)["request_id"] == answer.headers["X-Request-Id"]

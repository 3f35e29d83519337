"""Profile, passwords, recovery and personal data over HTTP (ID-1, ID-4, ID-5, ID-9)."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from gateway.openapi import build
from gateway.operations import OPERATIONS
from tests.gateway.world import API, World, problem

ME: dict[str, Any] = {
    "person": "p", "phone": None, "email": None, "surname": "", "name": "", "patronymic": "", "birth_date": None,
    "sex": None, "language": "ru", "roles": [], "phone_change": None,
}  # fmt: skip


def test_id_5_what_is_left_out_of_a_change_does_not_reach_identity(world: World) -> None:
    world.answer("identity.change_profile", ME)
    for body in ({}, {"name": "Анна"}, {"birth_date": None, "sex": "female"}, {"birth_date": "1985-02-28"}):
        answer = world.send("PATCH", "/me", body=body)
        assert (answer.status_code, answer.json) == (200, ME)
        assert world.client.calls[-1] == ("identity.change_profile", body)
    for wrong in ({"birth_date": "x"}, {"phone": "+79990000000"}, {"name": 7}):
        assert world.send("PATCH", "/me", body=wrong).status_code == 422


def test_id_9_personal_data_are_a_file(world: World) -> None:
    held = {
        "person": "p",
        "at": "2026-11-20T10:00:00+00:00",
        "missing": ["support"],
        "parts": {"identity": {}},
    }
    world.answer("identity.personal_data", held)
    answer = world.get("/me/personal-data")
    assert answer.mimetype == "application/json" and json.loads(answer.data) == held
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''personal-data.json"
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_id_9_erasure_takes_the_password_in_its_body(world: World) -> None:
    world.answer("identity.erase_me", {"erased": True, "kept": []})
    assert world.send("DELETE", "/me", body={"password": "Sunny-Weather-7"}).json == {
        "erased": True,
        "kept": [],
    }
    assert world.client.calls == [("identity.erase_me", {"password": "Sunny-Weather-7"})]
    problem(world.send("DELETE", "/me"), 400, "malformed_request")


@pytest.mark.parametrize(
    ("path", "method", "body"),
    [
        ("/registrations", "register", {"phone": "+79990000000", "password": "x", "agreement": "1"}),
        (
            "/registrations/email", "register_by_email",
            {"email": "a@home.example", "surname": "К", "name": "А", "password": "x", "agreement": "1",
             "account": {"provider": "p", "number": "1", "proof": {"house": "1"}},
             "consents": [{"document": "mailing", "version": "1"}]},
        ),
    ],
)  # fmt: skip
def test_id_1_a_registration_reaches_identity_with_the_address_it_came_from(
    world: World, path: str, method: str, body: dict[str, Any]
) -> None:
    world.answer(f"identity.{method}", {"registration": "r"})
    answer = world.http.post(f"{API}{path}", json=body, environ_base={"REMOTE_ADDR": "203.0.113.7"})
    assert (answer.status_code, answer.json) == (202, {"registration": "r"})
    [(called, request)] = world.client.calls
    assert called == f"identity.{method}" and request.items() >= body.items()
    assert request["address"] == world.client.contexts[0].client == "203.0.113.7"


def test_id_1_nothing_happens_by_looking_at_a_link() -> None:
    """Whatever takes the secret of a link is a POST with it in the body, never a GET with it in the address."""
    takers = [item for item in OPERATIONS if item.body is not None and "token" in item.body.__struct_fields__]
    assert {item.name for item in takers} >= {"confirm_registration_by_link", "stop_phone_change_by_link"}
    assert {item.method for item in takers} == {"POST"}
    queries = [item.query for item in OPERATIONS if item.query is not None]
    assert not any({"token", "code", "password"} & set(query.__struct_fields__) for query in queries)


def test_id_2_the_password_check_is_open_and_described(world: World) -> None:
    world.answer("identity.check_password", {"rules": ["length"], "broken": ["length"]})
    answer = world.post("/password-check", {"password": "canary-typed"}, token=None)
    assert answer.json == {"rules": ["length"], "broken": ["length"]}
    document = json.loads(msgspec.json.encode(build()))
    described = document["paths"]["/api/v1/me"]["patch"]["requestBody"]["content"]["application/json"]
    assert described["schema"]["$ref"].endswith("/ProfileChange")


def test_drill_22_what_is_typed_is_in_no_log(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    for path, body in (
        ("/password-check", {"password": "canary-1"}),
        ("/recoveries", {"login": "canary-2@home.example"}),
        ("/registrations/email/confirmation", {"token": "canary-3"}),
        ("/phone-changes/stop-by-code", {"phone": "canary-4", "code": "canary-5"}),
        ("/me/password", {"old": "canary-6", "new": "canary-7"}),
        ("/me/email", {"email": "canary-8@home.example"}),
    ):
        world.post(path, body)
    printed = capsys.readouterr()
    assert "request" in printed.out + printed.err and "canary" not in printed.out + printed.err

"""Accounts, groups, grants and organisations over HTTP: what reaches identity (ID-6, ID-7, ID-8, ID-11)."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.errors import CabinetError
from tests.gateway.world import SAMPLE_ID, World, problem

ID = SAMPLE_ID


@pytest.mark.parametrize(
    ("method", "path", "body", "call", "asked"),
    [
        (
            "POST",
            "/accounts",
            {"provider": "p", "number": "1", "proof": "115"},
            "link_account",
            {"provider": "p", "number": "1", "proof": "115", "name": "", "group": ""},
        ),
        (
            "POST",
            "/accounts",
            {
                "provider": "p",
                "number": "1",
                "proof": {"house": "12", "flat": "5"},
                "name": "n",
                "group": "g",
            },
            "link_account",
            {
                "provider": "p",
                "number": "1",
                "proof": {"house": "12", "flat": "5"},
                "name": "n",
                "group": "g",
            },
        ),
        (
            "PATCH",
            f"/accounts/{ID}",
            {"name": "Flat"},
            "change_account",
            {"account": ID, "name": "Flat", "group": None},
        ),
        (
            "POST",
            f"/accounts/{ID}/confirmation",
            {},
            "send_account_confirmation",
            {"account": ID, "organisation": None},
        ),
        (
            "POST",
            f"/accounts/{ID}/confirmation/code",
            {"code": "123456", "organisation": ID},
            "confirm_account",
            {"account": ID, "organisation": ID, "code": "123456"},
        ),
        ("GET", "/groups", None, "groups", {}),
        ("POST", "/groups", {"name": "A"}, "create_group", {"name": "A"}),
        ("PATCH", f"/groups/{ID}", {"name": "A"}, "rename_group", {"group": ID, "name": "A"}),
        ("DELETE", f"/groups/{ID}", None, "delete_group", {"group": ID}),
        ("GET", "/grants", None, "grants", {}),
        (
            "POST",
            f"/accounts/{ID}/grants",
            {"to": "a@b.example", "scopes": ["see"], "until": "2026-12-31T00:00:00+05:00"},
            "offer_access",
            {
                "account": ID,
                "to": "a@b.example",
                "name": "",
                "scopes": ["see"],
                "until": "2026-12-31T00:00:00+05:00",
            },
        ),
        ("POST", f"/grants/{ID}/acceptance", None, "accept_access", {"grant": ID}),
        ("POST", f"/grants/{ID}/refusal", None, "decline_access", {"grant": ID}),
        ("DELETE", f"/grants/{ID}", None, "end_access", {"grant": ID}),
        ("GET", "/organisations", None, "organisations", {}),
        ("GET", f"/organisations/{ID}", None, "organisation", {"organisation": ID}),
        (
            "POST",
            "/organisations",
            {"name": "A", "country": "UA", "tax_number": "14360570"},
            "create_organisation",
            {"name": "A", "country": "UA", "tax_number": "14360570", "branch_code": ""},
        ),
        (
            "POST",
            f"/organisations/{ID}/accounts",
            {"provider": "p", "number": "1", "proof": {"amount": "12,50"}},
            "link_organisation_account",
            {"organisation": ID, "provider": "p", "number": "1", "proof": {"amount": "12,50"}, "name": ""},
        ),
        (
            "DELETE",
            f"/organisations/{ID}/accounts/{ID}",
            None,
            "unlink_organisation_account",
            {"organisation": ID, "account": ID},
        ),
        (
            "POST",
            f"/organisations/{ID}/members",
            {"to": "+79120000001", "role": "accountant"},
            "invite_member",
            {"organisation": ID, "to": "+79120000001", "role": "accountant", "name": ""},
        ),
        (
            "PATCH",
            f"/organisations/{ID}/members/{ID}",
            {"role": "metering"},
            "change_member_role",
            {"organisation": ID, "membership": ID, "role": "metering"},
        ),
        (
            "DELETE",
            f"/organisations/{ID}/members/{ID}",
            None,
            "remove_member",
            {"organisation": ID, "membership": ID},
        ),
        ("POST", f"/memberships/{ID}/acceptance", None, "accept_membership", {"membership": ID}),
        ("POST", f"/memberships/{ID}/refusal", None, "decline_membership", {"membership": ID}),
    ],
)
def test_what_is_asked_for_reaches_identity_as_it_is(
    world: World, method: str, path: str, body: Any, call: str, asked: dict[str, Any]
) -> None:
    world.answer(f"identity.{call}", {"it": "is done"})
    answer = world.send(method, path, body=body)
    assert answer.status_code in (200, 201, 202) and answer.json == {"it": "is done"}
    assert world.client.calls == [(f"identity.{call}", asked)]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (CabinetError("proof_wrong"), 422),
        (CabinetError("account_number_format", hint="too_short", expected="10 digits"), 422),
        (CabinetError("linking_paused", retry_after=600), 503),
        (CabinetError("too_many_requests", retry_after=3600), 429),
    ],
)
def test_id6_why_an_account_is_not_linked_is_told_by_its_code(
    world: World, error: CabinetError, status: int
) -> None:
    world.answer("identity.link_account", error)
    answer = world.post("/accounts", {"provider": "p", "number": "1", "proof": "x"})
    body = problem(answer, status, error.code)
    assert body.get("fields", {}) == error.fields
    if "retry_after" in error.fields:
        assert answer.headers["Retry-After"] == str(error.fields["retry_after"])


@pytest.mark.parametrize("proof", [5, None, ["x"], {"colour": "red"}, {"serial": 5}])
def test_id6_a_proof_of_no_form_goes_no_further(world: World, proof: Any) -> None:
    answer = world.post("/accounts", {"provider": "p", "number": "1", "proof": proof})
    assert answer.status_code == 422 and world.client.calls == []


def test_id6_an_operator_confirms_by_passport(world: World) -> None:
    confirmed = {"account": ID, "person": "p", "state": "linked", "scopes": ["see"]}
    world.answer("identity.confirm_account_by_passport", confirmed)
    token = world.keys.person(None, "operator")
    answer = world.post(f"/staff/accounts/{ID}/confirmation", {"login": "+79120000001"}, token=token)
    assert answer.json == confirmed
    assert world.client.calls == [
        ("identity.confirm_account_by_passport", {"account": ID, "login": "+79120000001"})
    ]

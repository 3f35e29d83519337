"""Who may do what (GW-1, ID-10, drill 18): tokens, rules, roles."""

from __future__ import annotations

import inspect
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authorisation.subject import ISSUER, SERVICE_ISSUER, STAFF_ROLES
from gateway.operations import OPERATIONS, PERSON, PUBLIC, STAFF, Operation, Rule
from gateway.operations import operation as declare
from tests.gateway.world import World, by_name, problem

ME = {"person": "p"}
# Whoever opens an operation to more people writes it down here.
OPEN = {
    "list_providers", "check_password", "begin_registration_by_email", "send_registration_again",
    "confirm_registration_by_link", "begin_recovery", "confirm_recovery", "stop_phone_change_by_link",
    "stop_phone_change_by_code",
    "begin_registration", "confirm_registration", "sign_in", "refresh_session", "payment_webhook", "fiscal_callback",
    "answer_challenge", "accept_invitation", "questions_and_answers", "openapi_document", "send_guest_readings",
    "open_link", "problem_kinds",
}  # fmt: skip
OPERATOR, ACCOUNTANT = {"operator", "administrator"}, {"accountant", "administrator"}
FOR_STAFF = {
    "list_staff": {"administrator"},
    "add_staff": {"administrator"},
    "invite_staff_again": {"administrator"},
    "change_staff_roles": {"administrator"},
    "disable_staff": {"administrator"},
    "reset_second_factor": {"administrator"},
    "audit_log": {"administrator"},
    "confirm_account_by_passport": OPERATOR,
    "import_accounts": OPERATOR | ACCOUNTANT,
    "import_meters": OPERATOR,
    "enter_readings": OPERATOR,
    "register_findings": OPERATOR,
    "decide_register_reading": OPERATOR,
    "cancel_bill_run": ACCOUNTANT,
    "withdraw_bill": ACCOUNTANT,
    "list_receipts": ACCOUNTANT,
    "register_receipt_again": ACCOUNTANT,
    "import_readings": OPERATOR,
    "replace_meter": OPERATOR,
    "note_verification": OPERATOR,
    "guest_queue": OPERATOR,
    "decide_guest_reading": OPERATOR,
    "interval_findings": OPERATOR,
    "checked_day": OPERATOR,
    "edit_intervals": OPERATOR,
    "start_bill_run": ACCOUNTANT,
    "show_bill_run": ACCOUNTANT,
    "review_loyalty": ACCOUNTANT,
    "check_books": ACCOUNTANT,
    "appeal_queue": OPERATOR,
    "answer_appeal": OPERATOR,
}
named = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda item: item.name)


def test_drill18_an_operation_cannot_be_declared_without_a_rule() -> None:
    assert inspect.signature(declare).parameters["rule"].default is inspect.Parameter.empty
    assert len({item.name for item in OPERATIONS}) == len(OPERATIONS) > 30
    assert len({(item.method, item.path) for item in OPERATIONS}) == len(OPERATIONS)


@named
def test_drill18_every_operation_has_a_rule_that_makes_sense(operation: Operation) -> None:
    assert isinstance(operation.rule, Rule)
    assert operation.rule.who in (PUBLIC, PERSON, STAFF)
    assert (operation.rule.who == STAFF) == bool(operation.rule.roles) == operation.path.startswith("/staff/")
    assert set(operation.rule.roles) <= STAFF_ROLES


def test_drill18_no_list_names_what_is_not_there() -> None:
    names = {item.name for item in OPERATIONS}
    assert names >= OPEN - {"questions_and_answers", "openapi_document"} and names >= set(FOR_STAFF)


@named
@pytest.mark.parametrize("who", ["nobody", "person", "service", "stranger", *sorted(STAFF_ROLES)])
def test_drill18_the_matrix_of_operations_and_roles(world: World, operation: Operation, who: str) -> None:
    token = {
        "nobody": None,
        "person": world.keys.person(),
        "service": world.keys.service("billing"),
        "stranger": world.keys.person(None, "king"),
    }.get(who, world.keys.person(None, who))
    status = world.do(operation, token).status_code
    if operation.name in OPEN:
        assert status not in (401, 403)
    elif who in ("nobody", "service"):
        assert status == 401
    elif operation.name in FOR_STAFF:
        assert (status == 403) == (who not in FOR_STAFF[operation.name])
        assert status != 401
    else:
        assert status not in (401, 403)


@named
def test_drill18_who_is_refused_reaches_no_service(world: World, operation: Operation) -> None:
    if operation.name not in OPEN:
        world.do(operation, None)
        world.do(operation, world.keys.service("billing"))
        assert world.client.calls == []


def _signed(world: World, key: object = None, algorithm: str = "EdDSA", **claims: object) -> str:
    given = {"iss": ISSUER, "sub": "p", "sid": "s", "exp": int(time.time()) + 60} | claims
    given = {name: value for name, value in given.items() if value is not None}
    return jwt.encode(given, key or world.keys.private_key, algorithm=algorithm)  # type: ignore[arg-type]


def test_id3_a_good_token_reaches_the_service_as_it_is(world: World) -> None:
    world.answer("identity.me", ME)
    token = world.keys.person()
    for header in (f"Bearer {token}", f"bearer  {token} "):
        answer = world.http.get("/api/v1/me", headers={"Authorization": header})
        assert answer.status_code == 200
    assert [call.subject for call in world.client.contexts] == [token, token]


def test_id3_tokens_that_are_not_good_are_401(world: World) -> None:
    good = world.keys.person()
    head, payload, signature = good.split(".")
    others = Ed25519PrivateKey.generate()
    bad = {
        "expired": world.keys.person(life=-1),
        "of another key": _signed(world, others),
        "of another issuer": _signed(world, iss="evil"),
        "for ever": _signed(world, exp=None),
        "of no session": _signed(world, sid=None),
        "of nobody": _signed(world, sub=None),
        "not yet": _signed(world, nbf=int(time.time()) + 600),
        "unsigned": jwt.encode({"iss": ISSUER, "sub": "p", "sid": "s", "exp": 2**33}, "", algorithm="none"),
        "with the public key as a secret": _signed(
            world, world.keys.public_key.replace("PUBLIC", "P"), "HS256"
        ),
        "a service's": world.keys.service("billing"),
        "a person's under the services' key": _signed(world, world.keys.service_key, "HS256"),
        "a service's with a session": _signed(world, world.keys.service_key, "HS256", iss=SERVICE_ISSUER),
        "changed": f"{head}.{payload[:-2]}AA.{signature}",
        "cut": f"{head}.{payload}.",
        "garbage": "x.y.z",
    }
    for why, token in bad.items():
        answer = world.get("/me", token=token)
        assert answer.status_code == 401, why
        assert problem(answer, 401, "unauthenticated") and answer.headers["WWW-Authenticate"] == "Bearer"
    for header in ("", "Bearer", "Bearer ", f"Basic {good}", good, f"Token {good}"):
        assert world.http.get("/api/v1/me", headers={"Authorization": header}).status_code == 401
    assert world.client.calls == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=80))
def test_id3_no_token_makes_the_gateway_stumble(world: World, token: str) -> None:
    for text in (token, f"eyJhbGciOiJFZERTQSJ9.{token}.{token}", f"{token}.{token}.{token}"):
        answer = world.http.get("/api/v1/me", headers={"Authorization": f"Bearer {text}"})
        assert answer.status_code == 401


def test_id10_roles_come_from_the_signature_only(world: World) -> None:
    books = by_name("check_books")
    assert world.do(books, world.keys.person(), X_Roles="accountant").status_code == 403
    assert (
        world.do(books, _signed(world, Ed25519PrivateKey.generate(), roles=["accountant"])).status_code == 401
    )
    assert world.do(books, _signed(world, roles=["accountant"])).status_code == 503


def test_id3_an_expired_token_keeps_nobody_from_renewing_it(world: World) -> None:
    tokens = {"access_token": "a"}
    world.answer("identity.refresh", tokens)
    for token in (world.keys.person(life=-1), "garbage", world.keys.person()):
        answer = world.post("/sessions/refresh", {"refresh_token": "r"}, token=token)
        assert (answer.status_code, answer.json) == (200, tokens)
    # Nobody's token goes where none is asked for.
    assert {call.subject for call in world.client.contexts} == {""}


def test_drill22_the_access_log_holds_no_path_query_or_token(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.answer("identity.me", ME)
    token = world.keys.person()
    world.get("/me?phone=79990001122", token=token)
    world.get("/history?cursor=canary-in-query", token=token)
    world.post("/sessions", {"login": "canary@home.example", "password": "canary-password"}, token=None)
    printed = capsys.readouterr()
    text = printed.out + printed.err
    assert "request" in text
    for canary in ("79990001122", "canary", token[:40]):
        assert canary not in text

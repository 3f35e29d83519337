"""The demo's staff enrol and sign in over HTTP, as people do (ID-10)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from demo import codes, load
from demo.browser import Browser, RefusedError
from gateway.service import Gateway
from services.identity.service import IdentityService
from tests.support_code.services import Running, free_port


@pytest.fixture
def gateway(run_service: Callable[..., Running]) -> str:
    """Identity and a gateway; its address."""
    run_service(IdentityService)
    port = free_port()
    run_service(Gateway, http={"host": "127.0.0.1", "port": port})
    return f"http://127.0.0.1:{port}"


@pytest.mark.slow
def test_id10_the_demos_staff_enrol_and_sign_in(
    gateway: str, service_database: Callable[[str], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = service_database("identity")
    load.add_staff(database)
    first = load.enrol_staff(gateway, database)
    assert [person["role"] for person in first] == list(load.STAFF)
    # A load that broke off and is done again.
    people = load.enrol_staff(gateway, database)
    assert {person["second_factor"] for person in people}.isdisjoint(p["second_factor"] for p in first)
    noted = tmp_path / "demo.json"
    load.note_people(people, noted)
    assert noted.stat().st_mode & 0o777 == 0o600

    administrator = Browser(gateway)
    member = load.member_of_staff(json.loads(noted.read_text(encoding="utf-8"))["sign_in"], "administrator")
    administrator.sign_in_as(member)
    assert administrator.tokens["roles"] == ["administrator"]
    session = administrator.tokens["refresh_token"].split(".")[0]
    assert len(administrator.get("/staff/people")["staff"]) == 3
    administrator.sign_in_as(member)
    assert administrator.tokens["refresh_token"].split(".")[0] == session
    lines = codes.lines(people)
    assert len(lines) == 3 and member["second_factor"] in lines[2]

    # With the password alone there is nothing of staff.
    alone = Browser(gateway)
    answer = alone.post("/sessions", {"login": member["login"], "password": member["password"]})
    assert answer["kind"] == "challenge" and "access_token" not in answer
    with pytest.raises(RefusedError, match="unauthenticated"):
        alone.get("/staff/people")
    with pytest.raises(LookupError, match="fresh data"):
        load.member_of_staff([{"role": "administrator", "login": "x", "password": "y"}], "administrator")

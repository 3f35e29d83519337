"""Members of staff (ID-10): invited, given roles, disabled, never the last administrator away."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import eventlet
import pytest

from contracts.errors import CabinetError
from contracts.identifiers import new_id
from deploy.local.names import ROOT
from tests.identity.staff import App, enrol, member
from tests.identity.world import PASSWORD, World

OWN = "Cloudy-Weather-8"
EMAIL = "new@home.example"


@pytest.fixture
def boss(world: World) -> dict[str, Any]:
    """An administrator, signed in."""
    return member(world, "administrator", email="boss@home.example")


def _add(world: World, boss: dict[str, Any], **more: Any) -> str:
    asked = {"email": EMAIL, "roles": ["operator"], "name": "Анна"} | more
    return str(world.ask("add_staff", boss["access_token"], **asked)["person"])


def _open(world: World, tokens: dict[str, Any]) -> bool:
    try:
        tokens.update(world.ask("refresh", refresh_token=tokens["refresh_token"]))
    except CabinetError as error:
        assert error.code == "session_ended"
        return False
    return True


def test_id10_a_member_is_invited_chooses_a_password_enrols_and_acts(
    world: World, boss: dict[str, Any]
) -> None:
    person = _add(world, boss, roles=["operator", "accountant", "operator"])
    [issued] = world.announced("code_issued")
    assert (issued["purpose"], issued["channel"], issued["person"]) == ("staff_invitation", "email", person)
    sealed = world.sealed()
    assert sealed["address"] == EMAIL and sealed["link"].startswith(
        "https://cabinet.example/invitation#token="
    )
    assert world.ask("accept_invitation", token=world.token(), password=OWN) == {"accepted": True}
    signed_in = world.ask("sign_in", login=EMAIL, password=OWN)
    assert (signed_in["roles"], signed_in["second_factor"]) == ([], "to_enrol")
    offered = world.ask("enrol_second_factor", signed_in["access_token"], password=OWN)
    app = App(boss["app"].real, offered["secret"])
    world.ask("confirm_second_factor", signed_in["access_token"], code=app.code())
    following = world.ask("refresh", refresh_token=signed_in["refresh_token"])
    assert following["roles"] == ["accountant", "operator"]


def test_id10_an_invitation_is_used_once_and_for_a_day(world: World, boss: dict[str, Any]) -> None:
    _add(world, boss)
    token = world.token()
    refused = world.refused("accept_invitation", token=token, password="short")
    assert refused.code == "password_rules"
    assert world.refused("accept_invitation", token=f"{token[:-1]}?", password=OWN).code == "link_wrong"
    world.ask("accept_invitation", token=token, password=OWN)
    again = world.refused("accept_invitation", token=token, password="Stormy-Weather-9")
    assert again.code == "link_wrong"
    assert world.ask("sign_in", login=EMAIL, password=OWN)
    other = _add(world, boss, email="other@home.example")
    late = world.token()
    world.later(hours=24)
    assert world.refused("accept_invitation", token=late, password=OWN).code == "link_wrong"
    world.ask("invite_staff_again", boss["access_token"], person=other)
    assert world.ask("accept_invitation", token=world.token(), password=OWN)


def test_id10_a_second_invitation_makes_the_first_worthless(world: World, boss: dict[str, Any]) -> None:
    person = _add(world, boss)
    first = world.token()
    world.ask("invite_staff_again", boss["access_token"], person=person)
    assert world.refused("accept_invitation", token=first, password=OWN).code == "link_wrong"
    assert world.ask("accept_invitation", token=world.token(), password=OWN)


def test_id10_before_the_invitation_is_taken_up_no_password_opens(world: World, boss: dict[str, Any]) -> None:
    _add(world, boss)
    for password in ("", "!", PASSWORD):
        refused = world.refused("sign_in", login=EMAIL, password=password)
        assert refused.code == "credentials_wrong"


def test_id10_an_address_that_signs_in_already_is_not_made_staff(world: World, boss: dict[str, Any]) -> None:
    world.person(email=EMAIL)
    refused = world.refused("add_staff", boss["access_token"], email=EMAIL.upper(), roles=["operator"])
    assert refused.code == "contact_taken"
    assert world.row("select roles from person where email = :email", email=EMAIL) == {"roles": []}


def test_id10_new_roles_end_the_sessions_and_come_with_the_next(world: World, boss: dict[str, Any]) -> None:
    operator = member(world, "operator", email=EMAIL)
    answer = world.ask(
        "change_staff_roles", boss["access_token"], person=operator["person"], roles=["accountant"]
    )
    assert answer["ended"] == [operator["refresh_token"].split(".")[0]]
    assert not _open(world, operator)
    told = world.ask("ended_sessions", world.keys.service("gateway"))["sessions"]
    assert answer["ended"][0] in told
    operator["app"].wait()
    challenge = world.ask("sign_in", login=EMAIL, password=PASSWORD)["challenge"]
    tokens = world.ask("answer_challenge", challenge=challenge, code=operator["app"].code())
    assert tokens["roles"] == ["accountant"]


def test_id10_who_is_disabled_is_out_until_let_in_again(world: World, boss: dict[str, Any]) -> None:
    operator = member(world, "operator", email=EMAIL)
    waiting = world.ask("sign_in", login=EMAIL, password=PASSWORD)["challenge"]
    world.ask("disable_staff", boss["access_token"], person=operator["person"], disabled=True)
    assert not _open(world, operator)
    wrong = world.refused("sign_in", login=EMAIL, password="Wrong-Weather-7")
    right = world.refused("sign_in", login=EMAIL, password=PASSWORD)
    assert (wrong.code, wrong.detail) == (right.code, right.detail) == ("credentials_wrong", wrong.detail)
    operator["app"].wait()
    assert (
        world.refused("answer_challenge", challenge=waiting, code=operator["app"].code()).code == "code_wrong"
    )
    world.ask("disable_staff", boss["access_token"], person=operator["person"], disabled=False)
    challenge = world.ask("sign_in", login=EMAIL, password=PASSWORD)["challenge"]
    assert world.ask("answer_challenge", challenge=challenge, code=operator["app"].code())["roles"]


def test_id10_a_lost_second_factor_is_reset_by_another_administrator(
    world: World, boss: dict[str, Any]
) -> None:
    operator = member(world, "operator", email=EMAIL)
    world.ask("reset_second_factor", boss["access_token"], person=operator["person"])
    assert not _open(world, operator)
    tokens = world.ask("sign_in", login=EMAIL, password=PASSWORD)
    assert (tokens["roles"], tokens["second_factor"]) == ([], "to_enrol")
    enrol(world, tokens)
    refused = world.refused("reset_second_factor", boss["access_token"], person=boss["person"])
    assert refused.code == "forbidden"


@pytest.mark.parametrize(
    ("method", "more"),
    [("change_staff_roles", {"roles": ["operator"]}), ("disable_staff", {"disabled": True})],
)
def test_id10_the_last_administrator_stays(
    world: World, boss: dict[str, Any], method: str, more: dict[str, Any]
) -> None:
    asked = {"person": boss["person"], **more}
    member(world, "operator")
    assert world.refused(method, boss["access_token"], **asked).code == "last_administrator"
    other = member(world, "administrator")
    world.ask("disable_staff", boss["access_token"], person=other["person"], disabled=True)
    assert world.refused(method, boss["access_token"], **asked).code == "last_administrator"
    world.ask("disable_staff", boss["access_token"], person=other["person"], disabled=False)
    assert world.ask(method, boss["access_token"], **asked)["person"] == boss["person"]


def test_id10_two_administrators_cannot_remove_each_other_at_once(world: World, boss: dict[str, Any]) -> None:
    other = member(world, "administrator")

    def remove(pair: tuple[dict[str, Any], dict[str, Any]]) -> str:
        try:
            world.ask("disable_staff", pair[0]["access_token"], person=pair[1]["person"], disabled=True)
        except CabinetError as error:
            return error.code
        return "removed"

    outcomes = list(eventlet.GreenPool().imap(remove, [(boss, other), (other, boss)]))
    assert sorted(outcomes) == ["last_administrator", "removed"]


@pytest.mark.parametrize("who", ["nobody", "person", "operator", "accountant"])
def test_id10_only_administrators_look_after_staff(world: World, boss: dict[str, Any], who: str) -> None:
    token = {"nobody": "", "person": world.keys.person()}.get(who) if who in ("nobody", "person") else None
    token = member(world, who)["access_token"] if token is None else token
    person = {"person": boss["person"]}
    asked: dict[str, dict[str, Any]] = {
        "staff": {},
        "add_staff": {"email": EMAIL, "roles": ["operator"]},
        "invite_staff_again": person,
        "change_staff_roles": person | {"roles": ["operator"]},
        "disable_staff": person | {"disabled": True},
        "reset_second_factor": person,
    }
    for method, request in asked.items():
        expected = "unauthenticated" if who == "nobody" else "forbidden"
        assert world.refused(method, token, **request).code == expected, method
    assert len(world.announced("staff_acted")) == (len(asked) if who in ("operator", "accountant") else 0)


def test_id10_customers_are_not_managed_as_staff(world: World, boss: dict[str, Any]) -> None:
    customer = world.person()["person"]
    for person in (customer, new_id()):
        for method, more in (
            ("change_staff_roles", {"roles": ["operator"]}),
            ("disable_staff", {"disabled": True}),
            ("reset_second_factor", {}),
            ("invite_staff_again", {}),
        ):
            assert world.refused(method, boss["access_token"], person=person, **more).code == "not_found"


@pytest.mark.parametrize("roles", [[], ["king"], ["operator", "king"]])
def test_id10_roles_are_those_that_there_are(world: World, boss: dict[str, Any], roles: list[str]) -> None:
    refused = world.refused("add_staff", boss["access_token"], email=EMAIL, roles=roles)
    assert refused.code == "validation_failed"


def test_id10_the_list_of_staff_goes_page_by_page(world: World, boss: dict[str, Any]) -> None:
    world.person()
    others = [_add(world, boss, email=f"m{number}@home.example") for number in range(4)]
    seen: list[str] = []
    after = None
    while True:
        page = world.ask("staff", boss["access_token"], limit=2, cursor=after)
        seen += [row["person"] for row in page["staff"]]
        after = page["next"]
        if after is None:
            break
    assert sorted(seen) == sorted([boss["person"], *others])
    [mine] = [
        row for row in world.ask("staff", boss["access_token"])["staff"] if row["person"] == boss["person"]
    ]
    assert (mine["email"], mine["roles"], mine["second_factor"]) == (
        "boss@home.example",
        ["administrator"],
        True,
    )
    assert mine["disabled_at"] is None and mine["last_seen_at"]


def test_drill17_an_invited_name_costs_as_much_as_any(
    world: World, boss: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hash of somebody who has no password yet is a real one."""
    _add(world, boss)
    row = world.row("select password_hash from person where email = :email", email=EMAIL)
    assert row["password_hash"].startswith("$argon2id$")


def test_id10_the_command_line_resets_the_only_administrators_second_factor(
    world: World, boss: dict[str, Any], service_database: Callable[[str], str]
) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "services.identity.staff", *arguments],
            env={**os.environ, "DATABASE_URL": service_database("identity")},
            cwd=ROOT, input=PASSWORD, capture_output=True, text=True, check=False,
        )  # fmt: skip

    assert run("--email", "boss@home.example").returncode == 2
    assert run("--email", "first@home.example", "--role", "administrator").stdout == "added\n"
    assert run("--email", "Boss@Home.example", "--reset-second-factor").stdout == "reset\n"
    assert not _open(world, boss)
    assert run("--email", "boss@home.example", "--reset-second-factor").stdout == "nothing to reset\n"
    answer = world.ask("sign_in", login="boss@home.example", password=PASSWORD)
    assert answer["second_factor"] == "to_enrol"


def test_id10_a_member_may_be_a_customer_too(world: World, boss: dict[str, Any]) -> None:
    """Without the second factor the cabinet is there, and nothing of staff."""
    tokens = world.person(roles=["operator"])
    world.later(seconds=timedelta(hours=1).total_seconds())
    assert world.ask("accounts", tokens["access_token"]) == {"accounts": []}
    assert world.refused("staff", tokens["access_token"]).code == "forbidden"

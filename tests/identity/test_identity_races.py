"""What begins before a change of the password, a block or an end, and is finished after it (ID-3, ID-10, ID-11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.identity.adapters import secrets
from tests.identity.staff import App, member
from tests.identity.world import PASSWORD, World, new_phone

OTHER = "Another-Weather-8"


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """What happens while the next password is compared."""

    def arrange(act: Callable[[], Any]) -> None:
        compare = secrets.password_matches

        def slow(hashed: str | None, password: str) -> bool:
            monkeypatch.setattr(secrets, "password_matches", compare)
            answer = compare(hashed, password)
            act()
            return answer

        monkeypatch.setattr(secrets, "password_matches", slow)

    return arrange


def open_sessions(world: World, person: str) -> int:
    found: int = world.row(
        "select count(*) as n from session where person = cast(:person as uuid) and state = 'open'",
        person=person,
    )["n"]
    return found


def test_id5_a_sign_in_that_began_before_a_new_password_opens_nothing_after_it(
    world: World, meanwhile: Callable[..., None]
) -> None:
    phone = new_phone()
    mine = world.person(phone)
    meanwhile(lambda: world.ask("change_password", mine["access_token"], old=PASSWORD, new=OTHER))
    assert world.refused("sign_in", login=phone, password=PASSWORD).code == "credentials_wrong"
    assert open_sessions(world, mine["person"]) == 1
    assert world.ask("sign_in", login=phone, password=OTHER)["person"] == mine["person"]


def test_id10_a_sign_in_that_began_before_a_block_opens_nothing_after_it(
    world: World, meanwhile: Callable[..., None]
) -> None:
    chief, operator = member(world, "administrator"), member(world, "operator")
    login = world.row(
        "select coalesce(email, phone) as email from person where id = cast(:id as uuid)",
        id=operator["person"],
    )["email"]
    meanwhile(
        lambda: world.ask("disable_staff", chief["access_token"], person=operator["person"], disabled=True)
    )
    assert world.refused("sign_in", login=login, password=PASSWORD).code == "credentials_wrong"
    assert world.rows("select 1 from challenge where person = cast(:id as uuid)", id=operator["person"]) == []


def test_id5_a_challenge_ends_with_the_password_that_it_was_given_for(world: World) -> None:
    operator = member(world, "operator")
    app: App = operator["app"]
    login = world.row(
        "select coalesce(email, phone) as email from person where id = cast(:id as uuid)",
        id=operator["person"],
    )["email"]
    challenge = world.ask("sign_in", login=login, password=PASSWORD)["challenge"]
    world.ask("change_password", operator["access_token"], old=PASSWORD, new=OTHER)
    app.wait()
    assert world.refused("answer_challenge", challenge=challenge, code=app.code()).code == "code_wrong"
    assert [row["state"] for row in world.rows("select state from challenge where state <> 'used'")] == [
        "ended"
    ]
    fresh = world.ask("sign_in", login=login, password=OTHER)["challenge"]
    assert world.ask("answer_challenge", challenge=fresh, code=app.code())["roles"] == ["operator"]


def test_id7_what_is_told_of_access_is_numbered_in_the_order_of_the_changes(world: World) -> None:
    mine, asked = world.person(), world.linkable()
    told = []
    for _ in range(2):
        account = world.ask("link_account", mine["access_token"], **asked)["account"]
        told.append(world.announced("account_linked")[-1]["access_version"])
        # What a service asks for carries the number of the change that it comes from.
        held = world.ask("access_of", world.keys.service("billing"), person=mine["person"], account=account)
        assert [one["version"] for one in held["grants"]] == told[-1:]
        world.ask("unlink_account", mine["access_token"], account=account)
        told.append(world.announced("account_unlinked")[-1]["access_version"])
    assert told == sorted(set(told))

"""A person's groups and own names of accounts (ID-7)."""

from __future__ import annotations

import eventlet
import pytest

from contracts.errors import CabinetError
from contracts.identifiers import new_id
from services.identity.domain.groups import DEFAULT_GROUP, MAX_GROUPS
from tests.identity.world import World


def names(world: World, token: str) -> list[str]:
    return [group["name"] for group in world.ask("groups", token)["groups"]]


def grouped(world: World, token: str) -> dict[str, str]:
    """The group of each account."""
    return {row["account"]: row["group"] for row in world.ask("accounts", token)["accounts"]}


def test_id7_groups_are_made_renamed_and_deleted_in_a_lasting_order(world: World) -> None:
    token = world.person()["access_token"]
    dacha = world.ask("create_group", token, name="  Наша   дача ")
    assert (dacha["name"], dacha["default"]) == ("Наша дача", False)
    parents = world.ask("create_group", token, name="Родители")
    assert names(world, token) == ["Моя группа", "Наша дача", "Родители"]
    world.ask("rename_group", token, group=dacha["group"], name="Дача")
    assert names(world, token) == ["Моя группа", "Дача", "Родители"]
    account = world.ask("link_account", token, **world.linkable(), group="родители")["account"]
    other = world.ask("link_account", token, **world.linkable())["account"]
    assert grouped(world, token) == {account: "Родители", other: "Моя группа"}
    gone = world.ask("delete_group", token, group=parents["group"])
    default = world.ask("groups", token)["groups"][0]
    assert gone == {"group": parents["group"], "moved_to": default["group"]} and default["default"]
    assert grouped(world, token) == {account: "Моя группа", other: "Моя группа"}
    assert names(world, token) == ["Моя группа", "Дача"]


def test_id7_a_deleted_group_keeps_an_account_that_was_unlinked_before(world: World) -> None:
    token = world.person()["access_token"]
    request = world.linkable()
    account = world.ask("link_account", token, **request, group="Дача")["account"]
    world.ask("unlink_account", token, account=account)
    [group] = [row for row in world.ask("groups", token)["groups"] if row["name"] == "Дача"]
    world.ask("delete_group", token, group=group["group"])
    world.ask("link_account", token, **request)
    assert grouped(world, token) == {account: "Моя группа"}


@pytest.mark.parametrize("language", ["ru", "uk", "en"])
def test_id7_the_default_group_stays_under_any_name(world: World, language: str) -> None:
    token = world.person(language=language)["access_token"]
    world.ask("create_group", token, name="A")
    default = world.ask("groups", token)["groups"][0]
    assert (default["name"], default["default"]) == (DEFAULT_GROUP[language], True)
    assert world.refused("delete_group", token, group=default["group"]).code == "default_group_stays"
    world.ask("rename_group", token, group=default["group"], name="Home")
    assert world.refused("delete_group", token, group=default["group"]).code == "default_group_stays"
    assert world.ask("link_account", token, **world.linkable())["group"] == "Home"
    assert names(world, token) == ["Home", "A"]


def test_id7_two_groups_have_no_name_in_common(world: World) -> None:
    token = world.person()["access_token"]
    dacha = world.ask("create_group", token, name="Дача")
    for name in ("Дача", " дача ", "ДАЧА", "моя  группа"):
        assert world.refused("create_group", token, name=name).code == "group_exists"
    other = world.ask("create_group", token, name="Дом")
    assert world.refused("rename_group", token, group=other["group"], name="дАЧА").code == "group_exists"
    assert world.ask("rename_group", token, group=dacha["group"], name="ДАЧА")["name"] == "ДАЧА"
    assert world.ask("create_group", world.person()["access_token"], name="Дача")


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\0b"])
def test_id7_a_group_has_a_name(world: World, name: str) -> None:
    assert (
        world.refused("create_group", world.person()["access_token"], name=name).code == "validation_failed"
    )


def test_id7_an_account_is_renamed_and_moved_and_keeps_its_place(world: World) -> None:
    token = world.person()["access_token"]
    accounts = []
    for _ in range(3):
        accounts.append(world.ask("link_account", token, **world.linkable())["account"])
        world.later(seconds=1)
    dacha = world.ask("create_group", token, name="Дача")["group"]
    world.ask("change_account", token, account=accounts[1], group=dacha)
    world.ask("change_account", token, account=accounts[1], name="  Баня ")
    shown = world.ask("accounts", token)["accounts"]
    assert [row["account"] for row in shown] == accounts
    assert [(row["name"], row["group"]) for row in shown] == [
        ("", "Моя группа"),
        ("Баня", "Дача"),
        ("", "Моя группа"),
    ]
    world.ask("change_account", token, account=accounts[1], name="")
    assert world.ask("accounts", token)["accounts"][1]["name"] == ""


def test_id7_anothers_group_and_account_are_not_there(world: World) -> None:
    mine, stranger = world.person()["access_token"], world.person()["access_token"]
    account = world.ask("link_account", mine, **world.linkable())["account"]
    group = world.ask("create_group", mine, name="Дача")["group"]
    own = world.ask("link_account", stranger, **world.linkable())["account"]
    for other in (group, new_id()):
        assert world.refused("rename_group", stranger, group=other, name="x").code == "not_found"
        assert world.refused("delete_group", stranger, group=other).code == "not_found"
        assert world.refused("change_account", stranger, account=own, group=other).code == "not_found"
    for other in (account, new_id()):
        assert world.refused("change_account", stranger, account=other, name="x").code == "not_found"
    assert names(world, mine) == ["Моя группа", "Дача"]
    for method, more in (("groups", {}), ("create_group", {"name": "x"})):
        assert world.refused(method, "", **more).code == "unauthenticated"


def test_id7_one_name_at_once_makes_one_group(world: World) -> None:
    token = world.person()["access_token"]

    def attempt(_: int) -> str:
        try:
            return str(world.ask("create_group", token, name="Дача")["name"])
        except CabinetError as error:
            return error.code

    assert sorted(eventlet.GreenPool().imap(attempt, range(4))) == ["group_exists"] * 3 + ["Дача"]
    assert names(world, token) == ["Моя группа", "Дача"]


def test_id7_there_is_an_end_to_groups(world: World) -> None:
    token = world.person()["access_token"]
    for index in range(MAX_GROUPS - 1):
        world.ask("create_group", token, name=f"Group {index}")
    refusal = world.refused("create_group", token, name="One more")
    assert (refusal.code, refusal.fields) == ("limit_reached", {"most": MAX_GROUPS})
    assert world.refused("link_account", token, **world.linkable(), group="Another").code == "limit_reached"

"""Linking accounts (ID-6), groups and unlinking (ID-7), what other services ask."""

from __future__ import annotations

from datetime import datetime

import eventlet
import pytest

from contracts.errors import CabinetError
from contracts.identifiers import account_id, new_id
from tests.identity.world import URAL, World, new_number


def test_id6_an_account_is_linked_with_its_proof(world: World) -> None:
    mine = world.person()
    request = world.linkable()
    answer = world.ask("link_account", mine["access_token"], **request, name="dacha", group="Summer")
    account = account_id(URAL, request["number"])
    assert answer == {
        "account": account, "provider": URAL, "number": request["number"], "name": "dacha", "group": "Summer",
        "state": "linked", "scopes": ["see", "readings", "pay"],
    }  # fmt: skip
    [shown] = world.ask("accounts", mine["access_token"])["accounts"]
    assert (shown["account"], shown["group"], shown["scopes"]) == (
        account,
        "Summer",
        ["see", "readings", "pay"],
    )
    [event] = world.announced("account_linked")
    assert (event["person"], event["account"], event["provider"], event["number"], event["scopes"]) == (
        mine["person"],
        account,
        URAL,
        request["number"],
        ["see", "readings", "pay"],
    )


def test_id6_spaces_and_dashes_in_a_number_do_not_matter(world: World) -> None:
    token = world.person()["access_token"]
    request = world.linkable("1234567890")
    answer = world.ask("link_account", token, **request | {"number": " 1234-567 890", "proof": " 115268446 "})
    assert answer["number"] == "1234567890"


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        ("", "too_short"),
        ("123", "too_short"),
        ("12345678901", "too_long"),
        ("12345abcde", "letters"),
        ("1234567890'--", "letters"),
    ],
)
def test_id6_a_number_of_another_form_is_refused_before_anyone_is_asked(
    world: World, number: str, hint: str
) -> None:
    token = world.person()["access_token"]
    refusal = world.refused("link_account", token, provider=URAL, number=number, proof="1")
    assert (refusal.code, refusal.fields) == (
        "account_number_format",
        {"hint": hint, "expected": "10 digits"},
    )
    assert world.metering.asked == 0


def test_id6_an_unknown_provider_is_refused(world: World) -> None:
    refusal = world.refused(
        "link_account", world.person()["access_token"], provider="../etc", number="1234567890", proof="1"
    )
    assert refusal.code == "unknown_provider"


def test_id6_a_wrong_proof_and_an_unknown_account_are_told_alike(world: World) -> None:
    token = world.person()["access_token"]
    known = world.linkable()
    refusals = [
        world.refused("link_account", token, **request)
        for request in (known | {"proof": "999"}, known | {"number": new_number()})
    ]
    assert {(error.code, error.detail, str(error.fields)) for error in refusals} == {
        ("proof_wrong", refusals[0].detail, "{}")
    }
    assert world.ask("accounts", token) == {"accounts": []} and world.announced("account_linked") == []


def test_id6_that_an_account_is_linked_is_told_only_to_who_has_the_proof(world: World) -> None:
    token = world.person()["access_token"]
    request = world.linkable()
    world.ask("link_account", token, **request)
    assert world.refused("link_account", token, **request | {"proof": "999"}).code == "proof_wrong"
    assert world.refused("link_account", token, **request).code == "already_linked"
    assert len(world.announced("account_linked")) == 1


def test_id6_several_people_may_link_one_account(world: World) -> None:
    request = world.linkable()
    for _ in range(2):
        world.ask("link_account", world.person()["access_token"], **request)
    assert len(world.rows("select 1 as one from link where state = 'linked'")) == 2


def test_id6_wrong_proofs_are_limited_for_a_person_over_all_accounts(world: World) -> None:
    token = world.person()["access_token"]
    for _ in range(10):
        number = new_number()
        assert (
            world.refused("link_account", token, provider=URAL, number=number, proof="1").code
            == "proof_wrong"
        )
    refusal = world.refused("link_account", token, **world.linkable())
    assert (refusal.code, refusal.fields) == ("too_many_requests", {"retry_after": 3600})
    assert world.metering.asked == 10
    world.later(hours=1)
    assert world.ask("link_account", token, **world.linkable())


def test_id6_wrong_proofs_are_limited_for_an_account_over_all_people(world: World) -> None:
    request = world.linkable()
    for index in range(10):
        proof = {"proof": f"wrong-{index}"}
        assert (
            world.refused("link_account", world.person()["access_token"], **request | proof).code
            == "proof_wrong"
        )
    spaced = {"number": f"{request['number'][:5]}-{request['number'][5:]}"}
    for spelling in ({}, spaced):
        refusal = world.refused("link_account", world.person()["access_token"], **request | spelling)
        assert refusal.code == "too_many_requests"


def test_id6_while_metering_is_down_nothing_is_linked(world: World) -> None:
    token = world.person()["access_token"]
    request = world.linkable()
    world.metering.failure = CabinetError("service_unavailable", service="metering")
    assert world.refused("link_account", token, **request).code == "service_unavailable"
    assert (
        world.rows("select 1 as one from link") == []
        and world.rows("select 1 as one from account_group") == []
    )
    assert world.announced("account_linked") == []
    world.metering.failure = None
    assert world.ask("link_account", token, **request)


def test_id6_linking_twice_at_once_leaves_one_link(world: World) -> None:
    token = world.person()["access_token"]
    request = world.linkable()

    def attempt(_: int) -> str:
        try:
            return str(world.ask("link_account", token, **request)["account"])
        except CabinetError as error:
            return error.code

    results = list(eventlet.GreenPool().imap(attempt, range(4)))
    account = account_id(URAL, request["number"])
    assert account in results and set(results) <= {account, "already_linked"}
    assert len(world.ask("accounts", token)["accounts"]) == 1
    assert len(world.rows("select 1 as one from account_group")) == 1


def test_id6_only_people_link_and_unlink(world: World) -> None:
    for token in ("", world.keys.service("billing")):
        assert world.refused("link_account", token, **world.linkable()).code == "unauthenticated"
        assert world.refused("unlink_account", token, account=new_id()).code == "unauthenticated"


@pytest.mark.parametrize("field", ["name", "group", "proof"])
def test_drill15_a_zero_byte_in_a_text_is_no_error_of_ours(world: World, field: str) -> None:
    refusal = world.refused(
        "link_account", world.person()["access_token"], **world.linkable() | {field: "a\0b"}
    )
    assert refusal.code in ("validation_failed", "proof_wrong")


@pytest.mark.parametrize(
    ("language", "group"), [("ru", "Моя группа"), ("uk", "Моя група"), ("en", "My group")]
)
def test_id7_the_default_group_is_named_in_the_persons_language(
    world: World, language: str, group: str
) -> None:
    token = world.person(language=language)["access_token"]
    for _ in range(2):
        assert world.ask("link_account", token, **world.linkable())["group"] == group
    ids = {account["group_id"] for account in world.ask("accounts", token)["accounts"]}
    assert len(ids) == 1


def test_id7_unlinked_and_linked_again(world: World) -> None:
    mine = world.person()
    token, request = mine["access_token"], world.linkable()
    account = world.ask("link_account", token, **request, name="flat")["account"]
    assert world.ask("unlink_account", token, account=account) == {"account": account}
    assert world.ask("accounts", token) == {"accounts": []}
    assert world.refused("unlink_account", token, account=account).code == "not_found"
    world.later(minutes=1)
    world.ask("link_account", token, **request, name="dacha", group="Summer")
    [shown] = world.ask("accounts", token)["accounts"]
    assert (shown["name"], shown["group"]) == ("dacha", "Summer")
    names = [name for name in world.announced_names() if name.startswith("account_")]
    assert names == ["account_linked", "account_unlinked", "account_linked"]
    [unlinked] = world.announced("account_unlinked")
    assert (unlinked["person"], unlinked["account"]) == (mine["person"], account)


def test_id7_anothers_account_is_not_there(world: World) -> None:
    request = world.linkable()
    account = world.ask("link_account", world.person()["access_token"], **request)["account"]
    stranger = world.person()["access_token"]
    answers = [world.refused("unlink_account", stranger, account=one) for one in (account, new_id())]
    assert {(error.code, error.detail) for error in answers} == {("not_found", answers[0].detail)}
    assert world.row("select state from link")["state"] == "linked"


def test_access_of_tells_the_scopes_while_the_link_lasts(world: World) -> None:
    mine = world.person()
    account = world.ask("link_account", mine["access_token"], **world.linkable())["account"]
    asked = {"person": mine["person"], "account": account}
    service = world.keys.service("billing")
    answer = world.ask("access_of", service, **asked)
    [grant] = answer["grants"]
    assert grant["scopes"] == ["see", "readings", "pay"]
    assert datetime.fromisoformat(grant["since"]) == world.clock.now()
    nothing: dict[str, list[str]] = {"grants": []}
    assert world.ask("access_of", service, person=new_id(), account=account) == nothing
    world.ask("unlink_account", mine["access_token"], account=account)
    assert world.ask("access_of", service, **asked) == nothing


def test_id6_forms_learn_what_each_provider_asks_for(world: World) -> None:
    found = {row["provider"]: row for row in world.ask("providers")["providers"]}
    assert found[URAL]["proof"] == "meter_serial" and found[URAL]["registration"] == "phone"
    assert found[URAL]["account_number_hint"] == "10 digits"

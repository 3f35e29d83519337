"""A link by a weak proof opens in full after a contact on file, or a passport, confirms it (ID-6)."""

from __future__ import annotations

import json
from typing import Any

import eventlet
import pytest

from contracts.errors import CabinetError
from contracts.identifiers import new_id
from tests.identity.world import World

ON_FILE = "ivan.petrov@mail.example"


def limited(world: World, email: str = ON_FILE, **person: Any) -> tuple[dict[str, Any], str]:
    """Somebody with a fresh link by an address; the account."""
    mine = world.person(**person)
    answer = world.ask("link_account", mine["access_token"], **world.weakly_linkable(email))
    return mine, answer["account"]


def test_id6_a_code_to_the_contact_on_file_opens_the_account(world: World) -> None:
    mine, account = limited(world)
    token = mine["access_token"]
    world.later(minutes=1)
    sent = world.ask("send_account_confirmation", token, account=account)
    assert (sent["sent"], sent["to"]) == (True, "i***@m***.example")
    issued = world.announced("code_issued")[-1]
    assert (issued["purpose"], issued["channel"]) == ("account", "email")
    assert world.tools.seal.open(issued["sealed"])["address"] == ON_FILE
    assert ON_FILE not in json.dumps([sent, world.announced()])
    answer = world.ask("confirm_account", token, account=account, code=world.code())
    assert (answer["state"], answer["scopes"]) == ("linked", ["see", "readings", "pay"])
    first, second = world.announced("account_linked")
    assert (first["changed"], second["changed"]) == (False, True)
    assert second["scopes"] == ["see", "readings", "pay"] and second["at"] > first["at"]
    assert world.ask("accounts", token)["accounts"][0]["state"] == "linked"
    [held] = world.ask("access_of", world.keys.service("billing"), person=mine["person"], account=account)[
        "grants"
    ]
    assert held["scopes"] == ["see", "readings", "pay"]
    for method in ("send_account_confirmation", "confirm_account"):
        more = {"code": "000000"} if method == "confirm_account" else {}
        assert world.refused(method, token, account=account, **more).code == "already_confirmed"


def test_id6_a_wrong_code_stays_counted_and_the_code_dies_after_five(world: World) -> None:
    mine, account = limited(world)
    token = mine["access_token"]
    world.ask("send_account_confirmation", token, account=account)
    right = world.code()
    wrong = "111111" if right != "111111" else "222222"
    for _ in range(5):
        assert world.refused("confirm_account", token, account=account, code=wrong).code == "code_wrong"
    assert world.refused("confirm_account", token, account=account, code=right).code == "code_wrong"
    assert world.row("select state from link")["state"] == "limited"


def test_id6_a_code_of_another_persons_link_confirms_nothing(world: World) -> None:
    mine, account = limited(world)
    world.ask("send_account_confirmation", mine["access_token"], account=account)
    code = world.code()
    request = {"account": account, "code": code}
    stranger = world.person()["access_token"]
    assert world.refused("confirm_account", stranger, **request).code == "not_found"
    assert world.refused("send_account_confirmation", stranger, account=account).code == "not_found"
    # An unlinked link's code is not good for the link that comes after it.
    place = world.billing.places
    [(provider, number)] = list(place)
    proof = dict(zip(("house", "letter", "flat", "extension"), place[(provider, number)], strict=True))
    world.ask("unlink_account", mine["access_token"], account=account)
    assert world.refused("confirm_account", mine["access_token"], **request).code == "not_found"
    world.ask("link_account", mine["access_token"], provider=provider, number=number, proof=proof)
    assert world.refused("confirm_account", mine["access_token"], **request).code == "code_wrong"


def test_id6_a_link_that_was_confirmed_once_is_limited_again_after_unlinking(world: World) -> None:
    mine, account = limited(world)
    token = mine["access_token"]
    world.ask("send_account_confirmation", token, account=account)
    world.ask("confirm_account", token, account=account, code=world.code())
    [(provider, number)] = list(world.billing.places)
    place = world.billing.places[(provider, number)]
    proof = dict(zip(("house", "letter", "flat", "extension"), place, strict=True))
    world.ask("unlink_account", token, account=account)
    answer = world.ask("link_account", token, provider=provider, number=number, proof=proof)
    assert answer["state"] == "limited"
    assert world.row("select confirmed_by from link")["confirmed_by"] is None


def test_id6_a_confirmation_that_comes_twice_at_once_counts_once(world: World) -> None:
    mine, account = limited(world)
    world.ask("send_account_confirmation", mine["access_token"], account=account)
    code = world.code()

    def attempt(_: int) -> str:
        try:
            return str(
                world.ask("confirm_account", mine["access_token"], account=account, code=code)["state"]
            )
        except CabinetError as error:
            return error.code

    assert sorted(eventlet.GreenPool().imap(attempt, range(4))) == ["already_confirmed"] * 3 + ["linked"]
    assert len(world.announced("account_linked")) == 2


def test_id6_without_a_contact_on_file_an_operator_confirms_by_passport(world: World) -> None:
    phone = "+79120000077"
    mine, account = limited(world, email="", phone=phone)
    refusal = world.refused("send_account_confirmation", mine["access_token"], account=account)
    assert refusal.code == "contact_missing"
    asked = {"account": account, "login": "8 (912) 000-00-77"}
    for token, code in (
        (mine["access_token"], "forbidden"),
        (world.keys.person(None, "accountant"), "forbidden"),
        ("", "unauthenticated"),
    ):
        assert world.refused("confirm_account_by_passport", token, **asked).code == code
    operator = world.keys.person(None, "operator")
    for login in ("+79120000078", "nobody@mail.example"):
        missing = world.refused("confirm_account_by_passport", operator, account=account, login=login)
        assert missing.code == "not_found"
    assert (
        world.refused("confirm_account_by_passport", operator, account=new_id(), login=phone).code
        == "not_found"
    )
    answer = world.ask("confirm_account_by_passport", operator, **asked)
    assert (answer["person"], answer["state"]) == (mine["person"], "linked")
    assert world.row("select confirmed_by from link")["confirmed_by"] == "operator"
    assert world.refused("confirm_account_by_passport", operator, **asked).code == "already_confirmed"


def test_id6_codes_to_a_contact_on_file_are_limited(world: World) -> None:
    mine, account = limited(world)
    for _ in range(5):
        world.ask("send_account_confirmation", mine["access_token"], account=account)
    refusal = world.refused("send_account_confirmation", mine["access_token"], account=account)
    assert refusal.code == "too_many_requests"


@pytest.mark.parametrize("code", ["service_unavailable", "deadline_exceeded"])
def test_id6_while_billing_is_down_no_code_is_sent(world: World, code: str) -> None:
    mine, account = limited(world)
    world.billing.failure = CabinetError(code, service="billing")
    assert world.refused("send_account_confirmation", mine["access_token"], account=account).code == code
    assert world.announced("code_issued") == []

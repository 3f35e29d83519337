"""Delegated access (ID-11): offered, accepted, used, ended; nobody passes it on."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import eventlet
import pytest

from contracts.errors import CabinetError
from contracts.identifiers import new_id
from services.identity.domain.limits import MAX_GRANTS
from services.identity.handlers import grants
from tests.identity.world import PASSWORD, World, new_phone


class Home:
    """An owner with an account, and somebody to be let in."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.owner = world.person()
        self.phone = new_phone()
        self.guest = world.person(self.phone)
        self.account = world.ask("link_account", self.owner["access_token"], **world.linkable())["account"]

    def offer(self, *scopes: str, **more: Any) -> dict[str, Any]:
        request = {"account": self.account, "to": self.phone, "scopes": list(scopes or ("see",)), **more}
        answer: dict[str, Any] = self.world.ask("offer_access", self.owner["access_token"], **request)
        return answer

    def accept(self, grant: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.world.ask("accept_access", self.guest["access_token"], grant=grant)
        return answer

    def held(self, who: dict[str, Any]) -> list[Any]:
        """What another service would learn."""
        found: list[Any] = self.world.ask(
            "access_of", self.world.keys.service("billing"), person=who["person"], account=self.account
        )["grants"]
        return found


@pytest.fixture
def home(world: World) -> Home:
    return Home(world)


def test_id11_nothing_is_granted_before_the_offer_is_accepted(world: World, home: Home) -> None:
    until = world.clock.now() + timedelta(days=30)
    offered = home.offer("readings", "see", name=" Mother ", until=until.isoformat())
    assert (offered["state"], offered["name"], offered["scopes"]) == (
        "invited",
        "Mother",
        ["see", "readings"],
    )
    assert home.held(home.guest) == [] and world.announced("access_granted") == []
    token = home.guest["access_token"]
    assert world.ask("accounts", token) == {"accounts": []}
    [waiting] = world.ask("grants", token)["offers"]
    assert (waiting["grant"], waiting["account"], waiting["scopes"]) == (
        offered["grant"],
        home.account,
        ["see", "readings"],
    )
    assert (
        waiting["by"]
        == "+7***"
        + world.row(
            "select right(phone, 2) as tail from person where id = cast(:id as uuid)", id=home.owner["person"]
        )["tail"]
    )

    world.later(minutes=1)
    assert home.accept(offered["grant"])["state"] == "active"
    [granted] = world.announced("access_granted")
    assert (granted["person"], granted["grant"], granted["granted_by"], granted["organisation"]) == (
        home.guest["person"],
        offered["grant"],
        home.owner["person"],
        "",
    )
    assert datetime.fromisoformat(granted["until"]) == until and granted["scopes"] == ["see", "readings"]
    [held] = home.held(home.guest)
    assert (held["via"], held["scopes"]) == (offered["grant"], ["see", "readings"])
    assert datetime.fromisoformat(held["until"]) == until
    [shown] = world.ask("accounts", token)["accounts"]
    assert (shown["state"], shown["group"], shown["scopes"]) == ("granted", "Моя группа", ["see", "readings"])
    [by] = shown["granted"]
    assert by["grant"] == offered["grant"] and datetime.fromisoformat(by["until"]) == until
    lists = world.ask("grants", token)
    assert lists["offers"] == [] and [row["grant"] for row in lists["received"]] == [offered["grant"]]
    [given] = world.ask("grants", home.owner["access_token"])["given"]
    assert (given["to"], given["name"], given["state"]) == (home.phone, "Mother", "active")


def test_id11_the_answer_and_the_work_are_the_same_whoever_has_the_address(world: World, home: Home) -> None:
    known, unknown = home.offer(), home.offer(to=new_phone())
    drop = ("grant", "to")
    assert {k: v for k, v in known.items() if k not in drop} == {
        k: v for k, v in unknown.items() if k not in drop
    }
    one, other = world.announced("access_offered")
    assert (one["invited"], other["invited"]) == (home.guest["person"], None)
    assert world.tools.seal.open(one["sealed"]) == {"address": home.phone}
    assert home.phone not in json.dumps([one, other])
    given = world.ask("grants", home.owner["access_token"])["given"]
    assert [(row["state"], row["receiver"]) for row in given] == [("invited", "")] * 2


def test_id11_somebody_who_registers_later_finds_the_offer(world: World, home: Home) -> None:
    email = "later@mail.example"
    offered = home.offer(to=" Later@Mail.example ")
    assert offered["to"] == email
    late = world.person()
    with world.database.transaction() as tx:
        tx.run(
            "update person set email = :email where id = cast(:id as uuid)", email=email, id=late["person"]
        )
    [waiting] = world.ask("grants", late["access_token"])["offers"]
    assert world.ask("accept_access", late["access_token"], grant=waiting["grant"])["state"] == "active"


def test_id11_an_offer_is_for_its_address_alone(world: World, home: Home) -> None:
    grant = home.offer()["grant"]
    stranger = world.person()["access_token"]
    for method in ("accept_access", "decline_access", "end_access"):
        for one in (grant, new_id()):
            assert world.refused(method, stranger, grant=one).code == "not_found"
    # Nor is it the giver's to accept.
    assert world.refused("accept_access", home.owner["access_token"], grant=grant).code == "not_found"
    assert world.row("select state from access_grant")["state"] == "invited"


def test_id11_who_was_let_in_lets_nobody_else_in(world: World, home: Home) -> None:
    request = {"account": home.account, "to": new_phone(), "scopes": ["see"]}
    stranger = world.person()["access_token"]
    assert world.refused("offer_access", stranger, **request).code == "not_found"
    home.accept(home.offer("see", "readings", "pay")["grant"])
    assert world.refused("offer_access", home.guest["access_token"], **request).code == "own_link_needed"
    # Nor who has not yet shown by more than an address that it is theirs.
    weak = world.person()["access_token"]
    account = world.ask("link_account", weak, **world.weakly_linkable())["account"]
    assert world.refused("offer_access", weak, **request | {"account": account}).code == "own_link_needed"
    assert len(world.announced("access_offered")) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"scopes": ["readings"]}, "scopes_incomplete"),
        ({"scopes": []}, "validation_failed"),
        ({"scopes": ["everything"]}, "validation_failed"),
        ({"scopes": ["amounts"]}, "validation_failed"),
        ({"until": "2026-11-20T09:59:59+00:00"}, "until_past"),
        ({"until": "2026-12-31"}, "validation_failed"),
        ({"to": "12345"}, "invalid_phone"),
        ({"to": "no@mail"}, "validation_failed"),
        ({"to": ""}, "validation_failed"),
        ({"name": "x" * 61}, "validation_failed"),
    ],
)
def test_id11_an_offer_that_makes_no_sense_is_refused(
    world: World, home: Home, change: dict[str, Any], code: str
) -> None:
    request = {"account": home.account, "to": home.phone, "scopes": ["see"]} | change
    assert world.refused("offer_access", home.owner["access_token"], **request).code == code
    assert world.announced("access_offered") == []


def test_id11_nobody_offers_to_oneself(world: World) -> None:
    phone = new_phone()
    token = world.person(phone)["access_token"]
    account = world.ask("link_account", token, **world.linkable())["account"]
    refusal = world.refused("offer_access", token, account=account, to=phone, scopes=["see"])
    assert refusal.code == "offer_to_oneself"


def test_id11_who_may_only_pay_sees_what_there_is_to_pay(world: World, home: Home) -> None:
    home.accept(home.offer("pay")["grant"])
    assert home.held(home.guest)[0]["scopes"] == ["amounts", "pay"]


def test_id11_an_offer_can_be_declined_and_then_not_accepted(world: World, home: Home) -> None:
    grant = home.offer()["grant"]
    token = home.guest["access_token"]
    assert world.ask("decline_access", token, grant=grant)["state"] == "declined"
    for method in ("accept_access", "decline_access"):
        assert world.refused(method, token, grant=grant).code == "not_found"
    assert world.refused("end_access", home.owner["access_token"], grant=grant).code == "offer_over"
    assert world.announced("access_granted") == world.announced("access_revoked") == []


@pytest.mark.parametrize(("who", "state"), [("owner", "revoked"), ("guest", "returned")])
def test_id11_either_side_ends_it(world: World, home: Home, who: str, state: str) -> None:
    grant = home.offer()["grant"]
    home.accept(grant)
    token = getattr(home, who)["access_token"]
    world.later(minutes=1)
    assert world.ask("end_access", token, grant=grant)["state"] == state
    [revoked] = world.announced("access_revoked")
    assert (revoked["person"], revoked["grant"], revoked["account"]) == (
        home.guest["person"],
        grant,
        home.account,
    )
    assert (revoked["reason"], revoked["granted_by"]) == (state, home.owner["person"])
    assert home.held(home.guest) == [] and world.ask("accounts", home.guest["access_token"])["accounts"] == []
    assert world.refused("end_access", token, grant=grant).code == "offer_over"
    assert [name for name in world.announced_names() if name.startswith("access_")] == [
        "access_offered", "access_granted", "access_revoked",
    ]  # fmt: skip


def test_id11_an_offer_taken_back_is_gone_without_a_word(world: World, home: Home) -> None:
    grant = home.offer()["grant"]
    assert world.ask("end_access", home.owner["access_token"], grant=grant)["state"] == "revoked"
    assert world.ask("grants", home.guest["access_token"])["offers"] == []
    assert world.refused("accept_access", home.guest["access_token"], grant=grant).code == "not_found"
    assert world.announced("access_revoked") == []


def test_id11_it_ends_by_itself(world: World, home: Home) -> None:
    until = world.clock.now() + timedelta(hours=2)
    brief, lasting = home.offer(until=until.isoformat()), home.offer("see", "pay")
    for offered in (brief, lasting):
        home.accept(offered["grant"])
    world.later(hours=2)
    # Before any job has run: not a moment longer.
    assert [one["via"] for one in home.held(home.guest)] == [lasting["grant"]]
    [row] = world.ask("accounts", home.guest["access_token"])["accounts"]
    assert [one["grant"] for one in row["granted"]] == [lasting["grant"]]
    run_end_grants(world)
    [revoked] = world.announced("access_revoked")
    assert (revoked["grant"], revoked["reason"]) == (brief["grant"], "over")
    run_end_grants(world)
    assert len(world.announced("access_revoked")) == 1


def run_end_grants(world: World) -> None:
    """The job."""
    grants.end_due(world.service.service)


def test_id11_an_offer_that_nobody_answers_is_over_after_a_month(world: World, home: Home) -> None:
    kept, late = home.offer()["grant"], home.offer()["grant"]
    world.later(days=30)
    assert world.ask("grants", home.guest["access_token"])["offers"] == []
    assert world.refused("accept_access", home.guest["access_token"], grant=kept).code == "offer_over"
    run_end_grants(world)
    states = {row["id"]: row["state"] for row in world.rows("select id::text, state from access_grant")}
    assert states == {kept: "expired", late: "expired"} and world.announced("access_granted") == []


def test_id11_with_the_owners_link_all_that_came_from_it_ends(world: World, home: Home) -> None:
    accepted, waiting = home.offer()["grant"], home.offer(to=new_phone())["grant"]
    home.accept(accepted)
    world.ask("unlink_account", home.owner["access_token"], account=home.account)
    [revoked] = world.announced("access_revoked")
    assert (revoked["grant"], revoked["reason"]) == (accepted, "owner_left")
    states = {row["id"]: row["state"] for row in world.rows("select id::text, state from access_grant")}
    assert states == {accepted: "revoked", waiting: "revoked"}
    assert home.held(home.guest) == []


def test_id11_another_owners_grant_stays(world: World, home: Home) -> None:
    other = world.person()
    request = next(iter(world.metering.serials))
    world.ask(
        "link_account", other["access_token"], provider=request[0], number=request[1], proof="115268446"
    )
    mine = home.offer()["grant"]
    theirs = world.ask(
        "offer_access", other["access_token"], account=home.account, to=home.phone, scopes=["see", "pay"]
    )["grant"]
    for grant in (mine, theirs):
        home.accept(grant)
    [shown] = world.ask("accounts", home.guest["access_token"])["accounts"]
    assert len(shown["granted"]) == 2 and shown["scopes"] == ["see", "pay"]
    world.ask("unlink_account", home.owner["access_token"], account=home.account)
    assert [one["via"] for one in home.held(home.guest)] == [theirs]


def test_id11_an_own_link_and_a_grant_are_one_account_with_both_rights(world: World) -> None:
    owner, phone = world.person(), new_phone()
    guest = world.person(phone)
    weak = world.weakly_linkable("on.file@mail.example")
    account = world.ask("link_account", owner["access_token"], **weak)["account"]
    world.ask("send_account_confirmation", owner["access_token"], account=account)
    world.ask("confirm_account", owner["access_token"], account=account, code=world.code())
    world.ask("link_account", guest["access_token"], **weak, name="ours")
    grant = world.ask("offer_access", owner["access_token"], account=account, to=phone, scopes=["see"])[
        "grant"
    ]
    world.ask("accept_access", guest["access_token"], grant=grant)
    [shown] = world.ask("accounts", guest["access_token"])["accounts"]
    assert (shown["state"], shown["name"], shown["scopes"]) == ("limited", "ours", ["see", "pay"])
    held = world.ask("access_of", world.keys.service("billing"), person=guest["person"], account=account)
    assert {(one["via"] == grant, tuple(one["scopes"])) for one in held["grants"]} == {
        (False, ("amounts", "pay")),
        (True, ("see",)),
    }


def test_id7_a_granted_account_has_a_name_and_group_of_ones_own(world: World, home: Home) -> None:
    home.accept(home.offer(name="For the tenant")["grant"])
    token = home.guest["access_token"]
    group = world.ask("create_group", token, name="Rented")["group"]
    world.ask("change_account", token, account=home.account, name="Flat", group=group)
    [shown] = world.ask("accounts", token)["accounts"]
    assert (shown["name"], shown["group"]) == ("Flat", "Rented")
    world.ask("delete_group", token, group=group)
    assert world.ask("accounts", token)["accounts"][0]["group"] == "Моя группа"


def test_id11_there_are_twenty_grants_of_an_account_at_most(world: World, home: Home) -> None:
    with world.database.transaction() as tx:
        for _ in range(MAX_GRANTS - 1):
            tx.run(
                """insert into access_grant (id, account, provider, number, giver, channel, contact, name, scopes,
                                             state, created_at, expires_at)
                   select gen_random_uuid(), account, provider, number, person, 'phone', '+70000000000', '', '{see}',
                          'active', now(), now() from link""",
            )

    def attempt(_: int) -> str:
        try:
            return str(home.offer(to=new_phone())["state"])
        except CabinetError as error:
            return error.code

    assert sorted(eventlet.GreenPool().imap(attempt, range(3))) == ["invited"] + ["limit_reached"] * 2


def test_id11_offers_to_an_address_and_by_a_person_are_limited(world: World, home: Home) -> None:
    for _ in range(5):
        home.offer()
    request = {"account": home.account, "to": home.phone, "scopes": ["see"]}
    assert world.refused("offer_access", home.owner["access_token"], **request).code == "too_many_requests"
    assert home.offer(to=new_phone())


def test_id11_accepted_twice_at_once_it_is_granted_once(world: World, home: Home) -> None:
    grant = home.offer()["grant"]
    answers = list(eventlet.GreenPool().imap(lambda _: home.accept(grant), range(4)))
    assert [answer["state"] for answer in answers] == ["active"] * 4
    assert len(world.announced("access_granted")) == 1


@pytest.mark.parametrize("how", ["end", "unlink"])
def test_id11_taken_back_while_it_is_accepted_it_is_over_in_any_order(
    world: World, home: Home, how: str
) -> None:
    for _ in range(4):
        grant = home.offer(to=home.phone)["grant"]

        def accept(grant: str = grant) -> str:
            try:
                return str(home.accept(grant)["state"])
            except CabinetError as error:
                return error.code

        def take_back(grant: str = grant) -> str:
            if how == "end":
                return str(world.ask("end_access", home.owner["access_token"], grant=grant)["state"])
            world.ask("unlink_account", home.owner["access_token"], account=home.account)
            return "revoked"

        pool = eventlet.GreenPool()
        accepting, taking = pool.spawn(accept), pool.spawn(take_back)
        assert taking.wait() == "revoked" and accepting.wait() in ("active", "not_found")
        assert home.held(home.guest) == []
        granted = [one["grant"] for one in world.announced("access_granted")]
        revoked = [one["grant"] for one in world.announced("access_revoked")]
        assert granted == revoked
        if how == "unlink":
            break


def test_id9_with_an_erased_person_their_grants_end(world: World, home: Home) -> None:
    home.accept(home.offer()["grant"])
    world.ask("erase_me", home.guest["access_token"], password=PASSWORD)
    [revoked] = world.announced("access_revoked")
    assert (revoked["person"], revoked["reason"]) == (home.guest["person"], "returned")
    row = world.row("select contact, state from access_grant")
    assert row == {"contact": "", "state": "returned"}

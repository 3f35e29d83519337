"""Organisations (ID-8): members with roles, accounts of their contracts, what each member may do."""

from __future__ import annotations

from typing import Any

import eventlet
import pytest

from contracts.errors import CabinetError
from contracts.identifiers import new_id
from services.identity.domain.limits import MAX_ORGANISATIONS
from tests.identity.world import PASSWORD, World, new_phone

BANK = {"name": "ПАО  Банк", "country": "RU", "tax_number": "7707083893", "branch_code": "773601001"}


class Firm:
    """An organisation with a director."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.director = world.person()
        self.token = self.director["access_token"]
        self.id = world.ask("create_organisation", self.token, **BANK)["organisation"]

    def invite(self, role: str, phone: str, **more: Any) -> str:
        answer = self.world.ask(
            "invite_member", self.token, organisation=self.id, to=phone, role=role, **more
        )
        assert answer["state"] == "invited"
        return str(answer["membership"])

    def member(self, role: str) -> dict[str, Any]:
        """Somebody who has joined, with their membership."""
        phone = new_phone()
        person = self.world.person(phone)
        membership = self.invite(role, phone)
        self.world.ask("accept_membership", person["access_token"], membership=membership)
        return {**person, "membership": membership}

    def link(self, request: dict[str, Any] | None = None) -> str:
        request = request or self.world.linkable()
        answer = self.world.ask("link_organisation_account", self.token, organisation=self.id, **request)
        return str(answer["account"])

    def held(self, person: dict[str, Any], account: str) -> list[list[str]]:
        found = self.world.ask(
            "access_of", self.world.keys.service("billing"), person=person["person"], account=account
        )
        return [one["scopes"] for one in found["grants"]]


@pytest.fixture
def firm(world: World) -> Firm:
    return Firm(world)


def test_id8_an_organisation_is_made_with_a_right_tax_number(world: World) -> None:
    token = world.person()["access_token"]
    made = world.ask("create_organisation", token, **BANK)
    assert (made["name"], made["tax_number"], made["role"]) == ("ПАО Банк", "7707083893", "director")
    refusal = world.refused("create_organisation", token, **BANK | {"tax_number": "7707083894"})
    assert (refusal.code, refusal.fields) == (
        "tax_number_wrong",
        {"field": "tax_number", "hint": "check_digit"},
    )
    assert world.ask("create_organisation", token, name="ТОВ", country="UA", tax_number="14360570")
    assert world.refused("create_organisation", token, **BANK | {"country": "DE"}).code == "validation_failed"
    [first, second] = world.ask("organisations", token)["organisations"]
    assert (first["organisation"], first["role"], second["name"]) == (made["organisation"], "director", "ТОВ")
    # A number proves nothing, so nobody can take it from anyone.
    assert world.ask("create_organisation", world.person()["access_token"], **BANK)


def test_id8_there_is_an_end_to_organisations(world: World) -> None:
    token = world.person()["access_token"]
    for _ in range(MAX_ORGANISATIONS):
        world.ask("create_organisation", token, **BANK)
    assert world.refused("create_organisation", token, **BANK).code == "limit_reached"


def test_id8_members_get_by_role_what_the_organisation_links(world: World, firm: Firm) -> None:
    accountant, meters = firm.member("accountant"), firm.member("metering")
    account = firm.link()
    assert firm.held(firm.director, account) == [["see", "readings", "pay"]]
    assert firm.held(accountant, account) == [["see", "pay"]]
    assert firm.held(meters, account) == [["see", "readings"]]
    granted = {event["person"]: event for event in world.announced("access_granted")}
    assert granted[accountant["person"]]["grant"] == accountant["membership"]
    assert granted[accountant["person"]]["organisation"] == firm.id
    # Who comes later gets the accounts, too.
    late = firm.member("accountant")
    assert firm.held(late, account) == [["see", "pay"]]
    assert world.announced("access_granted")[-1]["person"] == late["person"]
    [shown] = world.ask("accounts", late["access_token"])["accounts"]
    assert (shown["state"], shown["group"], shown["group_id"]) == ("organisation", "ПАО Банк", None)
    assert shown["organisations"] == [
        {"organisation": firm.id, "name": "ПАО Банк", "role": "accountant", "limited": False}
    ]
    assert shown["scopes"] == ["see", "pay"]


def test_id8_an_account_of_the_organisation_is_proven_like_any_other(world: World, firm: Firm) -> None:
    request = world.linkable()
    for change, code in (
        ({"proof": "wrong"}, "proof_wrong"),
        ({"number": "1"}, "account_number_format"),
        ({"provider": "none"}, "unknown_provider"),
    ):
        refusal = world.refused(
            "link_organisation_account", firm.token, organisation=firm.id, **request | change
        )
        assert refusal.code == code
    firm.link(request)
    again = world.refused("link_organisation_account", firm.token, organisation=firm.id, **request)
    assert again.code == "already_linked"
    asked = world.metering.asked
    accountant = firm.member("accountant")["access_token"]
    for token, code in ((accountant, "forbidden"), (world.person()["access_token"], "not_found")):
        request = {"organisation": firm.id, **world.linkable()}
        assert world.refused("link_organisation_account", token, **request).code == code
    assert world.metering.asked == asked


def test_id8_a_weak_proof_opens_amounts_until_a_contact_on_file_confirms(world: World, firm: Firm) -> None:
    accountant, meters = firm.member("accountant"), firm.member("metering")
    account = firm.link(world.weakly_linkable("firm@mail.example"))
    assert firm.held(accountant, account) == [["amounts", "pay"]] and firm.held(meters, account) == []
    assert meters["person"] not in {event["person"] for event in world.announced("access_granted")}
    request = {"account": account, "organisation": firm.id}
    assert (
        world.refused("send_account_confirmation", accountant["access_token"], **request).code == "forbidden"
    )
    stranger = world.person()["access_token"]
    assert world.refused("send_account_confirmation", stranger, **request).code == "not_found"
    assert world.refused("send_account_confirmation", firm.token, account=account).code == "not_found"
    world.ask("send_account_confirmation", firm.token, **request)
    world.later(minutes=1)
    answer = world.ask("confirm_account", firm.token, **request, code=world.code())
    assert answer["state"] == "linked"
    assert firm.held(accountant, account) == [["see", "pay"]]
    assert firm.held(meters, account) == [["see", "readings"]]
    last = {event["person"]: event for event in world.announced("access_granted")}
    assert last[meters["person"]]["changed"] and last[meters["person"]]["scopes"] == ["see", "readings"]


def test_id8_an_unlinked_account_is_gone_for_all_members(world: World, firm: Firm) -> None:
    accountant = firm.member("accountant")
    account = firm.link()
    request = {"organisation": firm.id, "account": account}
    assert (
        world.refused("unlink_organisation_account", accountant["access_token"], **request).code
        == "forbidden"
    )
    assert world.ask("unlink_organisation_account", firm.token, **request) == {"account": account}
    assert firm.held(accountant, account) == firm.held(firm.director, account) == []
    revoked = world.announced("access_revoked")
    assert {event["person"] for event in revoked} == {accountant["person"], firm.director["person"]}
    assert {event["reason"] for event in revoked} == {"owner_left"}
    assert world.refused("unlink_organisation_account", firm.token, **request).code == "not_found"


def test_id8_a_member_who_is_removed_or_leaves_loses_everything(world: World, firm: Firm) -> None:
    account = firm.link()
    for by_director in (True, False):
        member = firm.member("accountant")
        token = firm.token if by_director else member["access_token"]
        answer = world.ask("remove_member", token, organisation=firm.id, membership=member["membership"])
        assert answer["state"] == ("removed" if by_director else "left")
        assert firm.held(member, account) == []
        revoked = world.announced("access_revoked")[-1]
        assert (revoked["person"], revoked["grant"], revoked["account"]) == (
            member["person"],
            member["membership"],
            account,
        )
        assert world.ask("accounts", member["access_token"]) == {"accounts": []}
        missing = world.refused("organisation", member["access_token"], organisation=firm.id)
        assert missing.code == "not_found"


def test_id8_another_role_is_another_access(world: World, firm: Firm) -> None:
    member, account = firm.member("accountant"), firm.link()
    request = {"organisation": firm.id, "membership": member["membership"]}
    world.later(minutes=1)
    world.ask("change_member_role", firm.token, **request, role="metering")
    assert firm.held(member, account) == [["see", "readings"]]
    event = world.announced("access_granted")[-1]
    assert (event["scopes"], event["changed"]) == (["see", "readings"], True)
    assert (
        world.refused("change_member_role", member["access_token"], **request, role="director").code
        == "forbidden"
    )
    # A role that gives nothing of a limited account takes back what another one gave.
    weak = firm.link(world.weakly_linkable())
    world.ask("change_member_role", firm.token, **request, role="accountant")
    assert firm.held(member, weak) == [["amounts", "pay"]]
    world.ask("change_member_role", firm.token, **request, role="metering")
    assert firm.held(member, weak) == []
    assert world.announced("access_revoked")[-1]["reason"] == "role_changed"


def test_id8_somebody_always_directs_an_organisation(world: World, firm: Firm) -> None:
    mine = world.ask("organisations", firm.token)["organisations"][0]["membership"]
    request = {"organisation": firm.id, "membership": mine}
    assert world.refused("remove_member", firm.token, **request).code == "last_director"
    assert (
        world.refused("change_member_role", firm.token, **request, role="accountant").code == "last_director"
    )
    second = firm.member("director")
    assert world.ask("remove_member", firm.token, **request)["state"] == "left"
    last = {"organisation": firm.id, "membership": second["membership"]}
    assert world.refused("remove_member", second["access_token"], **last).code == "last_director"


def test_id8_two_directors_who_leave_at_once_leave_one(world: World, firm: Firm) -> None:
    second = firm.member("director")
    mine = world.ask("organisations", firm.token)["organisations"][0]["membership"]

    def leave(pair: tuple[str, str]) -> str:
        token, membership = pair
        try:
            answer = world.ask("remove_member", token, organisation=firm.id, membership=membership)
            return str(answer["state"])
        except CabinetError as error:
            return error.code

    pairs = [(firm.token, mine), (second["access_token"], second["membership"])]
    assert sorted(eventlet.GreenPool().imap(leave, pairs)) == ["last_director", "left"]


def test_id8_an_invitation_is_for_its_address_and_answers_alike_for_all(world: World, firm: Firm) -> None:
    phone = new_phone()
    person = world.person(phone)
    membership = firm.invite("accountant", phone, name="Anna")
    firm.invite("accountant", new_phone())
    invited = [event["invited"] for event in world.announced("access_offered")]
    assert invited == [person["person"], None]
    assert {event["provider"] for event in world.announced("access_offered")} == {""}
    stranger = world.person()["access_token"]
    for one in (membership, new_id()):
        for method in ("accept_membership", "decline_membership"):
            assert world.refused(method, stranger, membership=one).code == "not_found"
    [waiting] = world.ask("organisations", person["access_token"])["invitations"]
    assert (waiting["membership"], waiting["name"], waiting["role"]) == (membership, "ПАО Банк", "accountant")
    assert world.refused("organisation", person["access_token"], organisation=firm.id).code == "not_found"
    assert (
        world.ask("decline_membership", person["access_token"], membership=membership)["state"] == "declined"
    )
    assert (
        world.refused("accept_membership", person["access_token"], membership=membership).code == "not_found"
    )


def test_id8_nobody_is_a_member_twice(world: World, firm: Firm) -> None:
    phone = new_phone()
    person = world.person(phone)
    first, second = firm.invite("accountant", phone), firm.invite("director", phone)
    account = firm.link()
    token = person["access_token"]

    def accept(membership: str) -> str:
        try:
            return str(world.ask("accept_membership", token, membership=membership)["state"])
        except CabinetError as error:
            return error.code

    assert sorted(eventlet.GreenPool().imap(accept, [first, second])) == ["active", "already_member"]
    mine = [event for event in world.announced("access_granted") if event["person"] == person["person"]]
    assert len(mine) == 1 and len(firm.held(person, account)) == 1
    assert sorted(eventlet.GreenPool().imap(accept, [first, first, second])).count("active") in (1, 2)
    again = [event for event in world.announced("access_granted") if event["person"] == person["person"]]
    assert again == mine


def test_id8_members_are_shown_to_directors_only(world: World, firm: Firm) -> None:
    accountant = firm.member("accountant")
    firm.link()
    shown = world.ask("organisation", firm.token, organisation=firm.id)
    assert [row["role"] for row in shown["members"]] == ["director", "accountant"]
    theirs = world.ask("organisation", accountant["access_token"], organisation=firm.id)
    assert theirs["members"] == [] and theirs["role"] == "accountant"
    assert theirs["accounts"][0]["scopes"] == ["see", "pay"]


def test_id8_another_organisations_things_are_not_there(world: World, firm: Firm) -> None:
    other = Firm(world)
    member, account = firm.member("accountant"), firm.link()
    mine = {"organisation": other.id}
    for request in (
        ("remove_member", {**mine, "membership": member["membership"]}),
        ("change_member_role", {**mine, "membership": member["membership"], "role": "director"}),
        ("unlink_organisation_account", {**mine, "account": account}),
        ("remove_member", {"organisation": firm.id, "membership": member["membership"]}),
        ("invite_member", {"organisation": firm.id, "to": new_phone(), "role": "director"}),
        ("unlink_organisation_account", {"organisation": firm.id, "account": account}),
        ("organisation", {"organisation": firm.id}),
        ("organisation", {"organisation": new_id()}),
    ):
        method, fields = request
        assert world.refused(method, other.token, **fields).code == "not_found", method
    assert firm.held(member, account) == [["see", "pay"]]


def test_id8_who_came_by_an_organisation_lets_nobody_else_in(world: World, firm: Firm) -> None:
    account = firm.link()
    refusal = world.refused("offer_access", firm.token, account=account, to=new_phone(), scopes=["see"])
    assert refusal.code == "own_link_needed"


def test_id9_with_its_last_director_erased_an_organisation_is_dissolved(world: World, firm: Firm) -> None:
    accountant, account = firm.member("accountant"), firm.link()
    invited = firm.invite("metering", new_phone())
    world.ask("erase_me", firm.token, password=PASSWORD)
    assert firm.held(accountant, account) == []
    reasons = {event["person"]: event["reason"] for event in world.announced("access_revoked")}
    assert reasons == {firm.director["person"]: "left", accountant["person"]: "dissolved"}
    row = world.row("select state from membership where id = cast(:id as uuid)", id=invited)
    assert row["state"] == "removed"

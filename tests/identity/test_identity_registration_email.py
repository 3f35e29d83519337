"""Registration by e-mail with a link, account and consents with it (ID-1), what a taken address costs (drill 17)."""

from __future__ import annotations

from typing import Any

import eventlet
import pytest

from contracts.errors import CabinetError
from contracts.identifiers import account_id
from tests.identity.work import cost
from tests.identity.world import PASSWORD, URAL, World, new_number, new_phone
from tests.support_code.faults import faults_of

FORM = {"surname": "Петренко", "name": "Анна-Марія", "password": PASSWORD, "agreement": "1"}
SVERDLOV = "sverdlovenergosbyt"
PERSONAL, MAILING = (
    {"document": "personal_data", "version": "1"},
    {"document": "mailing", "version": "1"},
)


def _register(world: World, email: str = "ann@home.example", **more: Any) -> str:
    answer = world.ask("register_by_email", **{"email": email, **FORM, **more})
    return str(answer["registration"])


def test_id_1_a_link_confirms_and_signs_in(world: World) -> None:
    registration = _register(world, "Ann@Home.Example", language="uk")
    [issued] = world.announced("code_issued")
    assert (issued["channel"], issued["purpose"], issued["language"]) == ("email", "registration", "uk")
    assert world.sealed()["address"] == "ann@home.example"
    assert world.sealed()["link"].startswith("https://cabinet.example/registration#token=")
    assert world.rows("select id from person") == []

    tokens = world.ask("confirm_registration_by_link", token=world.token())
    assert tokens["token_type"] == "Bearer" and tokens["link"] is None
    me = world.ask("me", tokens["access_token"])
    assert (me["email"], me["phone"], me["surname"], me["name"], me["language"]) == (
        "ann@home.example", None, "Петренко", "Анна-Марія", "uk",
    )  # fmt: skip
    assert world.announced_names() == ["code_issued", "person_registered", "contact_confirmed"]
    assert world.announced("contact_confirmed")[0]["channel"] == "email"
    assert world.ask("sign_in", login="ANN@home.example", password=PASSWORD)["person"] == tokens["person"]
    state = world.row("select state, password_hash, person::text from registration")
    assert state == {"state": "done", "password_hash": "", "person": tokens["person"]}
    assert registration not in world.token()


def test_id_4_a_link_is_used_once_and_only_whole(world: World) -> None:
    _register(world)
    token = world.token()
    link_id, secret = token.split(".")
    for broken in ("", ".", secret, link_id, f"{link_id}.", f"{link_id}.{secret[:-1]}", f"x.{secret}"):
        assert world.refused("confirm_registration_by_link", token=broken).code == "link_wrong"
    assert world.ask("confirm_registration_by_link", token=token)["person"]
    assert world.refused("confirm_registration_by_link", token=token).code == "link_wrong"
    assert len(world.rows("select id from person")) == 1


def test_id_4_a_link_opens_nothing_else(world: World) -> None:
    mine = world.person(email="old@home.example")
    world.ask("change_phone", mine["access_token"], phone=new_phone(), password=PASSWORD)
    world.ask("confirm_phone", mine["access_token"], code=world.code())
    stop = world.token()
    assert world.refused("confirm_registration_by_link", token=stop).code == "link_wrong"
    _register(world)
    assert world.refused("stop_phone_change_by_link", token=world.token()).code == "link_wrong"
    assert world.ask("confirm_registration_by_link", token=world.token())["person"]
    assert world.ask("stop_phone_change_by_link", token=stop) == {"cancelled": True}


def test_id_1_a_link_is_good_for_a_day(world: World) -> None:
    _register(world, "early@home.example")
    early = world.token()
    _register(world, "late@home.example")
    late = world.token()
    world.later(hours=23, minutes=59)
    assert world.ask("confirm_registration_by_link", token=early)["person"]
    world.later(minutes=1)
    assert world.refused("confirm_registration_by_link", token=late).code == "link_wrong"
    assert world.row("select state from registration where contact like 'late%'")["state"] == "expired"


def test_id_1_a_link_and_a_code_can_be_sent_again(world: World) -> None:
    by_mail, by_phone = _register(world), world.register(new_phone())
    first_code = world.code()
    first_link = world.sealed(0)["link"].partition("#token=")[2]
    for registration in (by_mail, by_phone):
        again = world.ask("send_registration_again", registration=registration)
        assert again == {"registration": registration}
    assert world.refused("confirm_registration_by_link", token=first_link).code == "link_wrong"
    link = world.sealed(-2)["link"].partition("#token=")[2]
    assert world.ask("confirm_registration_by_link", token=link)["person"]
    if first_code != world.code():
        wrong = world.refused("confirm_registration", registration=by_phone, code=first_code)
        assert wrong.code == "code_wrong"
    assert world.ask("confirm_registration", registration=by_phone, code=world.code())["person"]
    for registration in (by_mail, by_phone):
        assert world.refused("send_registration_again", registration=registration).code == "not_found"


def test_id_1_a_code_that_ran_out_can_be_sent_again_within_the_registrations_day(world: World) -> None:
    registration = world.register(new_phone())
    world.later(minutes=11)
    assert world.refused("confirm_registration", registration=registration, code=world.code())
    world.ask("send_registration_again", registration=registration)
    assert world.ask("confirm_registration", registration=registration, code=world.code())["person"]
    other = world.register(new_phone())
    world.later(hours=24)
    assert world.refused("send_registration_again", registration=other).code == "not_found"


@pytest.mark.parametrize(
    "name", ["Ó Sé", "Д’Артаньян", "Мар'яна", "Анна-Марія", "Ілля", "José", "Jose\u0301", "Nguyễn", "李"]
)
def test_id_1_names_are_taken_as_they_are_typed(world: World, name: str) -> None:
    _register(world, name=f" {name} ", surname=name)
    tokens = world.ask("confirm_registration_by_link", token=world.token())
    me = world.ask("me", tokens["access_token"])
    assert me["name"] == me["surname"] and len(me["name"]) in (len(name), len(name) - 1)


@pytest.mark.parametrize("name", ["", " ", "-", "Anna1", "<b>", "a\nb", "x" * 61, "=cmd", "a@b", None, 7])
def test_id_1_what_is_no_name_is_refused(world: World, name: Any) -> None:
    refusal = world.refused("register_by_email", **{"email": "a@home.example", **FORM, "name": name})
    assert (refusal.code, faults_of(refusal)) == ("validation_failed", ["/name"])


# --- account and consents -----------------------------------------------------------------------------------------


def test_id_1_the_account_of_the_form_is_linked_after_the_confirmation(world: World) -> None:
    account = world.linkable()
    _register(world, account=account)
    assert account["number"] not in str(world.rows("select * from registration"))
    answer = world.ask("confirm_registration_by_link", token=world.token())
    assert answer["link"] == {"account": account_id(URAL, account["number"]), "refused": None}
    assert len(world.ask("accounts", answer["access_token"])["accounts"]) == 1
    assert world.row("select linking from registration")["linking"] is None


@pytest.mark.parametrize("channel", ["phone", "email"])
def test_id_1_a_wrong_proof_does_not_break_the_registration(world: World, channel: str) -> None:
    account = world.linkable() | {"proof": "000"}
    if channel == "email":
        _register(world, account=account)
        answer = world.ask("confirm_registration_by_link", token=world.token())
    else:
        registration = world.register(new_phone(), account=account)
        answer = world.ask("confirm_registration", registration=registration, code=world.code())
    assert answer["link"] == {"account": None, "refused": "proof_wrong"}
    assert world.ask("me", answer["access_token"])["person"] == answer["person"]


def test_id_1_a_supplier_that_is_away_does_not_break_the_registration(world: World) -> None:
    _register(world, account=world.linkable())
    world.metering.failure = CabinetError("service_unavailable", service="metering")
    answer = world.ask("confirm_registration_by_link", token=world.token())
    assert answer["link"] == {"account": None, "refused": "service_unavailable"}
    _register(
        world, "two@home.example", account={"provider": URAL, "number": new_number() + "1", "proof": "1"}
    )
    answer = world.ask("confirm_registration_by_link", token=world.token())
    assert answer["link"] == {"account": None, "refused": "account_number_format"}


def test_id_9_a_supplier_can_require_consents_and_each_is_a_record_of_its_own(world: World) -> None:
    form = {"email": "ann@home.example", **FORM, "provider": SVERDLOV}
    for given in ([], [MAILING], [{"document": "personal_data", "version": "0"}]):
        refusal = world.refused("register_by_email", **form, consents=given)
        assert (refusal.code, refusal.fields) == ("consent_required", {"documents": ["personal_data"]})
    for wrong in ([{"document": "soul", "version": "1"}], [PERSONAL, PERSONAL],
                  [{"document": "user_agreement", "version": "1"}]):  # fmt: skip
        assert world.refused("register_by_email", **form, consents=wrong).code == "consent_unknown"
    assert world.rows("select id from registration") == []
    world.ask("register_by_email", client="203.0.113.7", **form, consents=[PERSONAL, MAILING])
    tokens = world.ask("confirm_registration_by_link", token=world.token())
    found = world.ask("consents", tokens["access_token"])["consents"]
    assert sorted((one["document"], one["version"], one["state"], one["given_from"]) for one in found) == [
        ("mailing", "1", "given", "203.0.113.7"),
        ("personal_data", "1", "given", "203.0.113.7"),
        ("user_agreement", "1", "given", "203.0.113.7"),
    ]


def test_id_9_the_account_of_the_form_names_the_supplier(world: World) -> None:
    account = {"provider": SVERDLOV, "number": "12345", "proof": {"house": "1"}}
    refusal = world.refused("register_by_email", **{"email": "a@home.example", **FORM, "account": account})
    assert refusal.code == "consent_required"
    account["provider"] = "nobody"
    refusal = world.refused("register_by_email", **{"email": "a@home.example", **FORM, "account": account})
    assert refusal.code == "unknown_provider"


# --- a taken address ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["phone", "email"])
def test_drill_17_a_taken_address_costs_and_answers_the_same(world: World, channel: str) -> None:
    if channel == "phone":
        taken, free, method = new_phone(), new_phone(), "register"
        form: dict[str, Any] = {"password": PASSWORD, "agreement": "1"}
    else:
        taken, free, method = "ann@home.example", "bob@home.example", "register_by_email"
        form = dict(FORM)
    world.person(**{channel: taken})
    costs = [cost(world, method, **{channel: address, **form}) for address in (free, taken, free, taken)]
    assert costs[0] == costs[1] == costs[2] == costs[3]
    assert costs[0]["events"] == 1
    assert [one["purpose"] for one in world.announced("code_issued")] == ["registration", "taken"] * 2


def test_id_1_the_owner_of_a_taken_address_is_told_and_nothing_opens(world: World) -> None:
    owner = world.person(email="ann@home.example")
    registration = _register(world)
    assert world.sealed()["address"] == "ann@home.example"
    assert world.refused("confirm_registration_by_link", token=world.token()).code == "link_wrong"
    phone = world.ask("me", owner["access_token"])["phone"]
    by_phone = world.register(phone)
    assert (
        world.refused("confirm_registration", registration=by_phone, code=world.code()).code == "code_wrong"
    )
    for one in (registration, by_phone):
        assert world.ask("send_registration_again", registration=one) == {"registration": one}
    assert [one["purpose"] for one in world.announced("code_issued")] == ["taken"] * 4
    assert len(world.rows("select id from person")) == 1


def test_id_1_an_address_that_is_taken_meanwhile_is_refused(world: World) -> None:
    _register(world)
    first = world.token()
    _register(world)
    second = world.token()
    assert world.ask("confirm_registration_by_link", token=first)["person"]
    assert world.refused("confirm_registration_by_link", token=second).code == "link_wrong"


def test_id_1_of_two_confirmations_at_once_one_wins(world: World) -> None:
    registrations = []
    for _ in range(4):
        _register(world)
        registrations.append(world.token())
    registrations += registrations  # each link twice, too

    def confirm(token: str) -> str:
        try:
            return str(bool(world.ask("confirm_registration_by_link", token=token)["person"]))
        except CabinetError as error:
            return error.code

    results = sorted(eventlet.GreenPool().imap(confirm, registrations))
    assert results == ["True", *["link_wrong"] * 7]
    assert len(world.rows("select id from person")) == 1
    assert world.announced_names().count("person_registered") == 1


def test_id_1_what_nobody_confirms_expires_and_is_forgotten(world: World) -> None:
    from chassis.context import CallContext

    world.register(new_phone())
    _register(world, account=world.linkable())
    world.ask("recover", login=new_phone())
    world.later(hours=25)
    world.service.forget_old(CallContext())
    for table in ("registration", "recovery", "one_time_code"):
        assert {row["state"] for row in world.rows(f"select state from {table}")} == {"expired"}, table
    kept = world.rows("select password_hash, linking, surname from registration")
    assert kept == [{"password_hash": "", "linking": None, "surname": ""}] * 2
    world.later(days=31)
    world.service.forget_old(CallContext())
    for table in ("registration", "recovery", "one_time_code"):
        assert world.rows(f"select id from {table}") == []

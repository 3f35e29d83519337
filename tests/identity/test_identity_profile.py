"""One's own profile, password, new phones and addresses (ID-5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import eventlet
import pytest

from chassis.context import CallContext
from contracts.errors import CabinetError
from tests.identity.world import PASSWORD, World, new_phone
from tests.support_code.faults import faults_of

FRESH = "Cloudy-Weather-8"


def _confirmed(world: World, token: str, channel: str, contact: str) -> Any:
    world.ask(f"change_{channel}", token, **{channel: contact}, password=PASSWORD)
    return world.ask(f"confirm_{channel}", token, code=world.code())


def _due(world: World) -> None:
    world.service.apply_contact_changes(CallContext())


# --- the profile --------------------------------------------------------------------------------------------------


def test_id_5_a_profile_is_changed_bit_by_bit(world: World) -> None:
    token = world.person()["access_token"]
    me = world.ask(
        "change_profile",
        token,
        surname="Ким",
        name="Анна",
        patronymic="Ивановна",
        birth_date="1985-02-28",
        sex="female",
    )
    assert me == world.ask("me", token)
    assert (me["surname"], me["name"], me["patronymic"]) == ("Ким", "Анна", "Ивановна")
    assert (me["birth_date"], me["sex"], me["language"]) == ("1985-02-28", "female", "ru")
    assert world.announced_names() == []
    me = world.ask("change_profile", token, language="uk", birth_date=None, patronymic="")
    assert (me["surname"], me["patronymic"], me["birth_date"], me["language"]) == ("Ким", "", None, "uk")
    assert world.ask("change_profile", token) == me
    [told] = world.announced()
    assert told["language"] == "uk" and world.announced_names() == ["language_chosen"]


@pytest.mark.parametrize(
    "change",
    [
        {"birth_date": "1985-02-30"}, {"birth_date": "x"}, {"sex": "other"}, {"language": "fr"}, {"name": "A1"},
        {"surname": "x" * 61}, {"roles": ["administrator"]}, {"phone": "+79990000000"}, {"email": "a@b.example"},
    ],
)  # fmt: skip
def test_id_5_what_does_not_belong_into_a_profile_is_refused(world: World, change: dict[str, Any]) -> None:
    token = world.person()["access_token"]
    refusal = world.refused("change_profile", token, **change)
    assert (refusal.code, faults_of(refusal)) == ("validation_failed", [f"/{name}" for name in change])


@pytest.mark.parametrize("born", ["2026-11-21", "1905-12-31", "1900-01-01", "2199-12-31"])
def test_id_5_nobody_was_born_tomorrow_or_in_another_age(world: World, born: str) -> None:
    token = world.person()["access_token"]
    assert world.refused("change_profile", token, birth_date=born).code == "birth_date_impossible"


def test_id_5_only_people_have_a_profile(world: World) -> None:
    requests: dict[str, dict[str, Any]] = {
        "change_profile": {"name": "A"}, "change_password": {"old": PASSWORD, "new": FRESH},
        "change_phone": {"phone": new_phone(), "password": PASSWORD}, "confirm_phone": {"code": "000000"},
        "cancel_phone_change": {}, "consents": {}, "give_consent": {"document": "mailing", "version": "1"},
        "revoke_consent": {"document": "mailing"}, "personal_data": {}, "erase_me": {"password": PASSWORD},
    }  # fmt: skip
    for method, request in requests.items():
        for token in ("", world.keys.service("billing")):
            assert world.refused(method, token, **request).code == "unauthenticated", method


# --- the password -------------------------------------------------------------------------------------------------


def test_id_5_a_new_password_ends_the_other_sessions(world: World) -> None:
    phone = new_phone()
    mine, other = world.person(phone), world.ask("sign_in", login=phone, password=PASSWORD)
    answer = world.ask("change_password", mine["access_token"], old=PASSWORD, new=FRESH)
    assert answer == {"changed": True, "sessions_ended": 1}
    assert world.refused("refresh", refresh_token=other["refresh_token"]).code == "session_ended"
    assert world.ask("refresh", refresh_token=mine["refresh_token"])
    assert world.refused("sign_in", login=phone, password=PASSWORD).code == "credentials_wrong"
    assert world.ask("sign_in", login=phone, password=FRESH)
    [told] = world.announced("password_changed")
    assert (told["person"], told["recovered"]) == (mine["person"], False)


def test_id_5_the_old_password_is_asked_for_and_tries_are_limited(world: World) -> None:
    token = world.person()["access_token"]
    methods: list[tuple[str, dict[str, Any]]] = [
        ("change_password", {"old": "Wrong-Weather-7", "new": FRESH}),
        ("change_phone", {"phone": new_phone(), "password": "Wrong-Weather-7"}),
        ("change_email", {"email": "a@home.example", "password": "Wrong-Weather-7"}),
        ("erase_me", {"password": "Wrong-Weather-7"}),
    ]
    for number in range(10):
        method, request = methods[number % len(methods)]
        assert world.refused(method, token, **request).code == "password_wrong"
    refusal = world.refused("change_password", token, old=PASSWORD, new=FRESH)
    assert (refusal.code, refusal.fields) == ("too_many_requests", {"retry_after": 600})
    assert world.announced() == []
    world.later(minutes=10)
    assert world.refused("change_password", token, old=PASSWORD, new="short").code == "password_rules"
    assert world.ask("change_password", token, old=PASSWORD, new=FRESH)


def test_id_5_of_two_changes_of_a_password_at_once_one_counts(world: World) -> None:
    token = world.person()["access_token"]

    def change(number: int) -> str:
        try:
            world.ask("change_password", token, old=PASSWORD, new=f"{FRESH}{number}")
            return "changed"
        except CabinetError as error:
            return error.code

    assert sorted(eventlet.GreenPool().imap(change, range(4))) == ["changed", *["password_wrong"] * 3]


# --- a new phone --------------------------------------------------------------------------------------------------


def test_id_5_a_new_phone_waits_a_day_and_the_old_contacts_are_told(world: World) -> None:
    old, new = new_phone(), new_phone()
    token = world.person(old, email="ann@home.example")["access_token"]
    answer = _confirmed(world, token, "phone", new)
    waits = {"phone": new, "takes_effect_at": (world.clock.now() + timedelta(hours=24)).isoformat()}
    assert answer == {"phone": old, "change": waits}
    me = world.ask("me", token)
    assert (me["phone"], me["phone_change"]) == (old, waits)
    _, by_sms, by_mail = world.announced("code_issued")
    assert (by_sms["channel"], by_sms["purpose"]) == ("phone", "phone_change")
    assert (by_mail["channel"], by_mail["purpose"]) == ("email", "phone_change_link")
    assert [world.sealed(1)["address"], world.sealed(2)["address"]] == [old, "ann@home.example"]
    assert "link" not in world.sealed(1) and "code" not in world.sealed(2)

    world.later(hours=23, minutes=59)
    _due(world)
    assert world.ask("me", token)["phone"] == old and world.announced("contact_confirmed") == []
    world.later(minutes=1)
    _due(world)
    _due(world)
    me = world.ask("me", token)
    assert (me["phone"], me["phone_change"]) == (new, None)
    [told] = world.announced("contact_confirmed")
    assert (told["channel"], told["address"]) == ("phone", new)
    assert world.ask("sign_in", login=new, password=PASSWORD)
    assert world.refused("sign_in", login=old, password=PASSWORD).code == "credentials_wrong"


def test_id_5_who_has_no_phone_adds_one_at_once(world: World) -> None:
    form = {"surname": "К", "name": "А", "password": PASSWORD, "agreement": "1", "email": "ann@home.example"}
    world.ask("register_by_email", **form)
    token = world.ask("confirm_registration_by_link", token=world.token())["access_token"]
    phone = new_phone()
    assert _confirmed(world, token, "phone", phone) == {"phone": phone, "change": None}
    # One's own again changes nothing.
    assert _confirmed(world, token, "phone", phone) == {"phone": phone, "change": None}


@pytest.mark.parametrize("by", ["link", "code"])
def test_id_5_the_old_contacts_can_stop_it_and_that_ends_all_sessions(world: World, by: str) -> None:
    old, new = new_phone(), new_phone()
    mine = world.person(old, email="ann@home.example")
    _confirmed(world, mine["access_token"], "phone", new)
    code, link = world.sealed(1)["code"], world.token()
    if by == "link":
        request: dict[str, Any] = {"token": link}
    else:
        wrong = f"{(int(code) + 1) % 1_000_000:06d}"
        assert world.refused("stop_phone_change_by_code", phone=old, code=wrong).code == "code_wrong"
        assert world.refused("stop_phone_change_by_code", phone=new, code=code).code == "code_wrong"
        request = {"phone": old, "code": code}
    assert world.ask(f"stop_phone_change_by_{by}", **request) == {"cancelled": True}
    assert world.refused(f"stop_phone_change_by_{by}", **request).code == f"{by}_wrong"
    assert world.refused("refresh", refresh_token=mine["refresh_token"]).code == "session_ended"
    world.later(days=2)
    _due(world)
    assert world.row("select phone from person")["phone"] == old
    assert world.row("select state from contact_change")["state"] == "cancelled"


def test_drill_16_the_code_that_stops_a_change_has_five_tries(world: World) -> None:
    old = new_phone()
    _confirmed(world, world.person(old)["access_token"], "phone", new_phone())
    code = world.code()
    for _ in range(5):
        wrong = f"{(int(code) + 1) % 1_000_000:06d}"
        assert world.refused("stop_phone_change_by_code", phone=old, code=wrong).code == "code_wrong"
    assert world.refused("stop_phone_change_by_code", phone=old, code=code).code == "code_wrong"


def test_id_5_one_takes_a_change_back_or_replaces_it(world: World) -> None:
    mine = world.person()
    token, last = mine["access_token"], new_phone()
    assert world.refused("cancel_phone_change", token).code == "no_change_waiting"
    _confirmed(world, token, "phone", new_phone())
    assert world.ask("cancel_phone_change", token) == {"cancelled": True}
    assert world.ask("refresh", refresh_token=mine["refresh_token"])
    _confirmed(world, token, "phone", new_phone())
    world.later(hours=12)
    assert _confirmed(world, token, "phone", last)["change"]["phone"] == last
    states = [row["state"] for row in world.rows("select state from contact_change order by created_at, id")]
    assert states == ["cancelled", "replaced", "waiting"]
    world.later(hours=12)
    _due(world)
    assert world.ask("me", token)["phone"] != last
    world.later(hours=12)
    _due(world)
    assert world.ask("me", token)["phone"] == last


def test_id_5_a_phone_that_somebody_took_meanwhile_is_refused_on_its_day(world: World) -> None:
    old, wanted = new_phone(), new_phone()
    token = world.person(old)["access_token"]
    _confirmed(world, token, "phone", wanted)
    world.person(wanted)
    world.later(days=1)
    _due(world)
    me = world.ask("me", token)
    assert (me["phone"], me["phone_change"]) == (old, None)
    assert world.row("select state from contact_change")["state"] == "refused"
    assert world.announced("contact_confirmed") == []


def test_id_5_anothers_phone_is_not_taken_over_and_not_told_of(world: World) -> None:
    taken = new_phone()
    world.person(taken)
    token = world.person()["access_token"]
    assert world.ask("change_phone", token, phone=taken, password=PASSWORD) == {"sent": True}
    assert world.refused("confirm_phone", token, code=world.code()).code == "contact_taken"
    assert world.rows("select id from contact_change") == []


@pytest.mark.parametrize("channel", ["email", "phone"])
def test_id_5_of_two_people_who_confirm_one_address_at_once_one_wins(world: World, channel: str) -> None:
    contact = "both@home.example" if channel == "email" else new_phone()
    people = []
    for number in range(4):
        person = world.person()
        if channel == "phone":
            with world.database.transaction() as tx:
                tx.run(
                    "update person set phone = null, email = :email where id = cast(:id as uuid)",
                    email=f"{number}@home.example", id=person["person"],
                )  # fmt: skip
        token = person["access_token"]
        world.ask(f"change_{channel}", token, **{channel: contact}, password=PASSWORD)
        people.append((token, world.code()))

    def confirm(one: tuple[str, str]) -> str:
        try:
            return str(world.ask(f"confirm_{channel}", one[0], code=one[1])[channel])
        except CabinetError as error:
            return error.code

    assert sorted(eventlet.GreenPool().imap(confirm, people)) == sorted([contact, *["contact_taken"] * 3])
    assert len(world.announced("contact_confirmed")) == 1


def test_id_5_the_database_itself_holds_an_address_together(world: World) -> None:
    """Whoever is later loses by the unique index, not by luck: both have looked before either writes."""
    from services.identity.store import people

    one, other = world.person()["person"], world.person()["person"]
    with world.database.transaction() as second:
        with world.database.transaction() as first:
            assert people.set_contact(first, one, "email", "both@home.example")
            later = eventlet.spawn(people.set_contact, second, other, "email", "both@home.example")
            eventlet.sleep(0.3)
            assert not later.dead
        assert later.wait() is False
        # And the transaction of the loser goes on.
        assert second.value("select 1") == 1

"""The e-mail address of a person (ID-5)."""

from __future__ import annotations

import pytest

from chassis.sealing import Seal
from tests.identity.world import PASSWORD, World


def test_id5_a_new_email_counts_after_it_is_confirmed(world: World) -> None:
    mine = world.person(language="en")
    token = mine["access_token"]
    assert world.ask("change_email", token, password=PASSWORD, email="Ann@Home.Example") == {"sent": True}
    assert world.ask("me", token)["email"] is None
    [issued] = world.announced("code_issued")
    assert (issued["channel"], issued["purpose"], issued["language"]) == ("email", "email", "en")
    assert Seal(world.keys.seal_key).open(issued["sealed"])["address"] == "ann@home.example"

    assert world.ask("confirm_email", token, code=world.code()) == {"email": "ann@home.example"}
    assert world.ask("me", token)["email"] == "ann@home.example"
    [confirmed] = world.announced("contact_confirmed")
    assert (confirmed["channel"], confirmed["address"], confirmed["person"]) == (
        "email",
        "ann@home.example",
        mine["person"],
    )


def test_id5_anothers_email_is_not_taken_over_and_not_told_of(world: World) -> None:
    first, second = world.person(), world.person()
    world.ask("change_email", first["access_token"], password=PASSWORD, email="one@home.example")
    world.ask("confirm_email", first["access_token"], code=world.code())
    # Asking for it is answered like for any other.
    assert world.ask("change_email", second["access_token"], password=PASSWORD, email="one@home.example") == {
        "sent": True
    }
    assert world.refused("confirm_email", second["access_token"], code=world.code()).code == "contact_taken"
    assert world.ask("me", second["access_token"])["email"] is None
    assert len(world.announced("contact_confirmed")) == 1


def test_id5_ones_own_address_can_be_confirmed_again(world: World) -> None:
    token = world.person()["access_token"]
    for _ in range(2):
        world.ask("change_email", token, password=PASSWORD, email="one@home.example")
        assert world.ask("confirm_email", token, code=world.code())["email"] == "one@home.example"
        world.later(minutes=1)


def test_id5_a_code_of_one_person_is_of_no_use_to_another(world: World) -> None:
    first, second = world.person()["access_token"], world.person()["access_token"]
    world.ask("change_email", first, password=PASSWORD, email="one@home.example")
    assert world.refused("confirm_email", second, code=world.code()).code == "code_wrong"
    assert world.row("select tries from one_time_code")["tries"] == 0


def test_drill16_codes_to_one_address_are_limited_across_people(world: World) -> None:
    people = [world.person()["access_token"] for _ in range(6)]
    for token in people[:5]:
        world.ask("change_email", token, password=PASSWORD, email="victim@home.example")
    refusal = world.refused("change_email", people[5], password=PASSWORD, email="Victim@home.example")
    assert (refusal.code, refusal.fields) == ("too_many_requests", {"retry_after": 600})
    assert world.announced_names().count("code_issued") == 5


@pytest.mark.parametrize(
    "email", ["", "x", "a@b", "a b@c.example", "a@b.example\0", "a" * 250 + "@b.example"]
)
def test_id5_what_is_no_address_is_refused(world: World, email: str) -> None:
    token = world.person()["access_token"]
    assert world.refused("change_email", token, password=PASSWORD, email=email).code == "validation_failed"


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345a", "１２３４５６", "123456\n", "-12345"])
def test_id4_a_code_is_six_ascii_digits(world: World, code: str) -> None:
    token = world.person()["access_token"]
    world.ask("change_email", token, password=PASSWORD, email="one@home.example")
    assert world.refused("confirm_email", token, code=code).code in ("validation_failed", "code_wrong")
    assert world.ask("me", token)["email"] is None


def test_id5_nobody_and_services_change_no_address(world: World) -> None:
    for token in ("", world.keys.service("billing")):
        assert (
            world.refused("change_email", token, password=PASSWORD, email="one@home.example").code
            == "unauthenticated"
        )
        assert world.refused("confirm_email", token, code="123456").code == "unauthenticated"

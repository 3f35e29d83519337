"""Recovery of a password (ID-4): by phone and by e-mail, alike for whoever is not registered (drill 17)."""

from __future__ import annotations

from typing import Any

import eventlet
import pytest

from contracts.errors import CabinetError
from contracts.identifiers import new_id
from services.identity.domain.limits import CODE_TRIES
from tests.identity.work import cost
from tests.identity.world import PASSWORD, World, new_phone

FRESH = "Cloudy-Weather-8"


def _begin(world: World, login: str) -> str:
    return str(world.ask("recover", login=login)["recovery"])


def _confirm(world: World, recovery: str, code: str, password: str = FRESH, **more: Any) -> Any:
    return world.ask("confirm_recovery", recovery=recovery, code=code, password=password, **more)


def _refused(world: World, recovery: str, code: str, password: str = FRESH) -> CabinetError:
    return world.refused("confirm_recovery", recovery=recovery, code=code, password=password)


def _wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


@pytest.mark.parametrize("channel", ["phone", "email"])
def test_id_4_a_password_is_recovered(world: World, channel: str) -> None:
    phone, email = new_phone(), "ann@home.example"
    mine = world.person(phone, email=email, language="uk")
    other = world.ask("sign_in", login=email, password=PASSWORD)
    login = phone if channel == "phone" else " Ann@Home.Example "
    recovery = _begin(world, login)
    [issued] = world.announced("code_issued")
    assert (issued["channel"], issued["purpose"], issued["language"]) == (channel, "recovery", "uk")
    sealed = world.sealed()
    assert sealed["address"] == (phone if channel == "phone" else email)
    if channel == "email":
        assert sealed["link"] == f"https://cabinet.example/recovery#id={recovery}&code={sealed['code']}"
    else:
        assert "link" not in sealed

    assert _confirm(world, recovery, world.code()) == {"recovered": True}
    assert world.refused("sign_in", login=phone, password=PASSWORD).code == "credentials_wrong"
    for tokens in (mine, other):
        assert world.refused("refresh", refresh_token=tokens["refresh_token"]).code == "session_ended"
    assert {row["state"] for row in world.rows("select state from session")} == {"revoked"}
    assert world.ask("sign_in", login=phone, password=FRESH)["person"] == mine["person"]
    [told] = world.announced("password_changed")
    assert (told["person"], told["recovered"]) == (mine["person"], True)


def test_id_4_another_persons_sessions_stay(world: World) -> None:
    phone = new_phone()
    world.person(phone)
    neighbour = world.person()
    _confirm(world, _begin(world, phone), world.code())
    assert world.ask("refresh", refresh_token=neighbour["refresh_token"])


def test_id_4_the_new_password_keeps_the_rules_and_costs_no_try(world: World) -> None:
    phone = new_phone()
    world.person(phone)
    recovery, code = _begin(world, phone), world.code()
    for bad in ("short", "Password123", "no-upper-7"):
        assert _refused(world, recovery, code, bad).code == "password_rules"
    assert world.row("select tries from one_time_code")["tries"] == 0
    assert _confirm(world, recovery, code)


def test_id_4_a_code_is_used_once_and_for_its_own_recovery(world: World) -> None:
    phone = new_phone()
    world.person(phone)
    first, first_code = _begin(world, phone), world.code()
    second, second_code = _begin(world, phone), world.code()
    if first_code != second_code:
        assert _refused(world, first, second_code).code == "code_wrong"
    assert _confirm(world, second, second_code)
    # The other one is of no use any more, nor is this one a second time.
    for recovery, code in ((first, first_code), (second, second_code), (new_id(), second_code)):
        assert _refused(world, recovery, code, "Other-Weather-9").code == "code_wrong"
    states = {row["state"] for row in world.rows("select state from recovery")}
    assert states == {"done", "replaced"}
    assert world.ask("sign_in", login=phone, password=FRESH)


def test_id_4_a_recovery_ends_after_ten_minutes(world: World) -> None:
    phone = new_phone()
    world.person(phone)
    recovery, code = _begin(world, phone), world.code()
    world.later(minutes=10)
    assert _refused(world, recovery, code).code == "code_wrong"
    assert world.row("select state from recovery")["state"] == "expired"
    # It can be asked for again.
    assert _confirm(world, _begin(world, phone), world.code())


def test_id_4_an_address_that_moved_on_meanwhile_recovers_nothing(world: World) -> None:
    mine = world.person(email="ann@home.example")
    recovery, code = _begin(world, "ann@home.example"), world.code()
    with world.database.transaction() as tx:
        tx.run("update person set email = 'new@home.example'")
    assert _refused(world, recovery, code).code == "code_wrong"
    assert world.ask("sign_in", login="new@home.example", password=PASSWORD)["person"] == mine["person"]


def test_drill_16_five_tries_a_code_however_many_come_at_once(world: World) -> None:
    phone = new_phone()
    world.person(phone)
    recovery, code = _begin(world, phone), world.code()

    def attempt(_: int) -> str:
        return _refused(world, recovery, _wrong(code)).code

    assert set(eventlet.GreenPool().imap(attempt, range(12))) == {"code_wrong"}
    row = world.row("select state, tries from one_time_code")
    assert (row["state"], row["tries"]) == ("exhausted", CODE_TRIES)
    assert _refused(world, recovery, code).code == "code_wrong"
    assert world.ask("sign_in", login=phone, password=PASSWORD)


@pytest.mark.parametrize("channel", ["phone", "email"])
def test_drill_17_an_unknown_address_costs_and_answers_the_same(world: World, channel: str) -> None:
    known, unknown = (
        (new_phone(), new_phone()) if channel == "phone" else ("a@home.example", "b@home.example")
    )
    world.person(**{channel: known})
    begun = [cost(world, "recover", login=login) for login in (unknown, known, unknown, known)]
    assert begun[0] == begun[1] == begun[2] == begun[3] and begun[0]["events"] == 1
    assert [one["purpose"] for one in world.announced("code_issued")] == ["decoy", "recovery"] * 2
    # A code that was never sent opens nothing, and trying it looks like any wrong code.
    recoveries = [str(row["id"]) for row in world.rows("select id from recovery order by created_at, id")]
    tried = [
        cost(world, "confirm_recovery", recovery=recovery, code=code, password=FRESH)
        for recovery, code in (
            (recoveries[0], world.sealed(0)["code"]),
            (recoveries[1], _wrong(world.sealed(1)["code"])),
        )
    ]
    assert tried[0] == tried[1] and tried[0]["answer"] == ["code", "detail", "fields"]


def test_drill_17_an_unknown_address_uses_up_the_same_limit(world: World) -> None:
    known, unknown = new_phone(), new_phone()
    world.person(known)
    for login in (known, unknown):
        for _ in range(5):
            _begin(world, login)
        refusal = world.refused("recover", login=login)
        assert (refusal.code, refusal.fields) == ("too_many_requests", {"retry_after": 600})


@pytest.mark.parametrize("login", ["", "x", "a@b", "@", "+7 495 123 45 67", "112", "a\0@home.example"])
def test_id_4_what_is_no_address_is_refused(world: World, login: str) -> None:
    assert world.refused("recover", login=login).code in ("invalid_phone", "validation_failed")
    assert world.rows("select id from recovery") == []


# --- limits across addresses --------------------------------------------------------------------------------------


def test_drill_16_a_caller_asks_for_thirty_messages_an_hour_whatever_the_addresses(world: World) -> None:
    for number in range(10):
        world.ask("register", client="203.0.113.9", phone=new_phone(), password=PASSWORD, agreement="1")
        world.ask("recover", client="203.0.113.9", login=new_phone())
        world.ask("recover", client="203.0.113.9", login=f"{number}@home.example")
    for method, request in (
        ("recover", {"login": "more@home.example"}),
        ("register", {"phone": new_phone(), "password": PASSWORD, "agreement": "1"}),
    ):
        refusal = world.refused(method, client="203.0.113.9", **request)
        assert (refusal.code, refusal.fields) == ("too_many_requests", {"retry_after": 3600})
        assert world.ask(method, client="203.0.113.10", **request)
    assert world.announced_names().count("code_issued") == 32
    world.later(hours=1)
    assert world.ask("recover", client="203.0.113.9", login="more@home.example")


def test_drill_16_a_block_of_numbers_gets_fifty_messages_an_hour_and_two_hundred_a_day(world: World) -> None:
    """SMS pumping: many numbers of one block, from many callers."""
    asked = iter(range(10_000))

    def ask(times: int) -> None:
        for number in (next(asked) for _ in range(times)):
            world.ask("recover", client=f"198.51.100.{number % 250}", login=f"+7901234{number:04d}")

    for _ in range(4):
        ask(50)
        assert world.refused("recover", login=f"+7901234{next(asked):04d}").fields["retry_after"] >= 3600
        world.later(hours=1)
    refusal = world.refused("recover", login=f"+7901234{next(asked):04d}")
    assert (refusal.code, refusal.fields) == ("too_many_requests", {"retry_after": 86_400})
    assert world.ask("recover", login="+79012350000")
    world.later(days=1)
    ask(1)


def test_drill_16_a_caller_tries_a_hundred_codes_an_hour_whosever_they_are(world: World) -> None:
    def attempt(client: str) -> str:
        return world.refused("confirm_registration", client=client, registration=new_id(), code="000000").code

    assert [attempt("203.0.113.9") for _ in range(102)] == [
        *["code_wrong"] * 100, *["too_many_requests"] * 2,
    ]  # fmt: skip
    link = f"{new_id()}.x"
    assert world.refused("confirm_registration_by_link", client="203.0.113.9", token=link).code == (
        "too_many_requests"
    )
    assert attempt("203.0.113.10") == "code_wrong"

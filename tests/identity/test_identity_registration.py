"""Registration by phone (ID-1), one-time codes (ID-4)."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.sealing import Seal
from contracts.identifiers import new_id
from services.identity.domain.limits import CODE_TRIES
from services.identity.domain.passwords import RULES
from services.identity.store import sessions as kept_sessions
from tests.identity.world import PASSWORD, World, new_phone
from tests.support_code.faults import faults_of


def _state(world: World) -> tuple[str, int]:
    row = world.rows("select state, tries from one_time_code order by created_at desc, id desc limit 1")[0]
    return row["state"], row["tries"]


def _wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_id1_a_registration_is_confirmed_and_signs_in(world: World) -> None:
    phone = new_phone()
    registration = world.register(phone, language="uk", address="203.0.113.7")
    begun = world.announced()
    assert world.announced_names() == ["code_issued"]
    assert (begun[0]["person"], begun[0]["channel"], begun[0]["language"]) == (registration, "phone", "uk")
    assert world.rows("select 1 as one from person where phone = :phone", phone=phone) == []

    tokens = world.ask("confirm_registration", registration=registration, code=world.code())
    assert (tokens["token_type"], tokens["roles"], tokens["expires_in"]) == ("Bearer", [], 600)
    me = world.ask("me", tokens["access_token"])
    assert (me["person"], me["phone"], me["email"], me["language"]) == (tokens["person"], phone, None, "uk")

    assert world.announced_names() == ["code_issued", "person_registered", "contact_confirmed"]
    _, person, contact = world.announced()
    assert (person["person"], person["language"]) == (tokens["person"], "uk")
    assert (contact["channel"], contact["address"]) == ("phone", phone)
    consent = world.row("select * from consent where person = cast(:id as uuid)", id=tokens["person"])
    assert (consent["document"], consent["given_from"]) == ("user_agreement", "203.0.113.7")
    assert consent["given_at"] == world.clock.now() and consent["revoked_at"] is None


def test_id9_the_version_of_the_agreement_that_was_accepted_is_kept(world: World) -> None:
    answer = world.ask("register", phone=new_phone(), password=PASSWORD, agreement="2026-09")
    person = world.ask("confirm_registration", registration=answer["registration"], code=world.code())
    consent = world.row("select version from consent where person = cast(:id as uuid)", id=person["person"])
    assert consent["version"] == "2026-09"


def test_id1_confirming_leaves_everything_or_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = new_phone()
    registration, code = world.register(phone), world.code()

    def fails(*arguments: Any, **more: Any) -> None:
        raise RuntimeError("the machine stops here")

    with monkeypatch.context() as broken:
        broken.setattr(kept_sessions, "add_session", fails)
        with pytest.raises(RuntimeError):
            world.ask("confirm_registration", registration=registration, code=code)
    assert world.announced_names() == ["code_issued"]
    assert world.rows("select id from person where phone = :phone", phone=phone) == []
    assert world.rows("select id from consent") == [] and _state(world) == ("issued", 0)
    assert world.ask("confirm_registration", registration=registration, code=code)["person"]


def test_drill17_register_answers_alike_for_a_known_and_an_unknown_phone(world: World) -> None:
    known = new_phone()
    world.person(known)
    answers = [
        world.ask("register", phone=phone, password=PASSWORD, agreement="1") for phone in (known, new_phone())
    ]
    assert [(list(answer), len(answer["registration"])) for answer in answers] == [(["registration"], 36)] * 2
    # Only one of them got a code that is good, and neither says so when a code is tried.
    assert [event["purpose"] for event in world.announced("code_issued")] == ["taken", "registration"]
    code = world.code()
    refusals = [
        world.refused("confirm_registration", registration=registration, code=_wrong(code))
        for registration in (answers[0]["registration"], answers[1]["registration"], new_id())
    ]
    assert {(refusal.code, refusal.detail, str(refusal.fields)) for refusal in refusals} == {
        ("code_wrong", refusals[0].detail, "{}")
    }


def test_drill17_a_known_phone_uses_up_the_same_limit(world: World) -> None:
    known = new_phone()
    world.person(known)
    for phone in (known, new_phone()):
        for _ in range(5):
            world.register(phone)
        refusal = world.refused("register", phone=phone, password=PASSWORD, agreement="1")
        assert (refusal.code, refusal.fields) == ("too_many_requests", {"retry_after": 600})


def test_id1_a_registration_needs_phone_password_and_agreement(world: World) -> None:
    good = {"phone": new_phone(), "password": PASSWORD, "agreement": "1"}
    for missing in good:
        rest = {name: value for name, value in good.items() if name != missing}
        assert faults_of(world.refused("register", **rest)) == [f"/{missing}"]
    assert world.refused("register", **good | {"agreement": ""}).code == "validation_failed"
    assert world.refused("register", **good | {"language": "fr"}).code == "validation_failed"
    assert world.refused("register", **good | {"phone": "+7 495 123 45 67"}).code == "invalid_phone"
    refusal = world.refused("register", **good | {"password": "ж"})
    assert refusal.code == "password_rules"
    assert refusal.fields["rules"] == ["latin_only", "length", "upper", "lower", "digit"]
    assert set(refusal.fields["rules"]) < set(RULES)
    assert world.rows("select id from registration") == []


def test_id4_the_fifth_wrong_try_exhausts_a_code(world: World) -> None:
    registration = world.register(new_phone())
    code = world.code()
    for tries in range(1, CODE_TRIES + 1):
        wrong = world.refused("confirm_registration", registration=registration, code=_wrong(code))
        assert wrong.code == "code_wrong"
        assert _state(world) == ("exhausted" if tries == CODE_TRIES else "issued", tries)
    assert world.refused("confirm_registration", registration=registration, code=code).code == "code_wrong"
    assert world.rows("select id from person") == []


def test_id4_the_right_code_still_counts_at_the_last_try(world: World) -> None:
    registration = world.register(new_phone())
    code = world.code()
    for _ in range(CODE_TRIES - 1):
        world.refused("confirm_registration", registration=registration, code=_wrong(code))
    assert world.ask("confirm_registration", registration=registration, code=code)["person"]


def test_id4_a_code_expires(world: World) -> None:
    early, late = world.register(new_phone()), world.register(new_phone())
    codes = [Seal(world.keys.seal_key).open(event["sealed"])["code"] for event in world.announced()]
    world.later(minutes=9, seconds=59)
    assert world.ask("confirm_registration", registration=early, code=codes[0])["person"]
    world.later(seconds=1)
    assert world.refused("confirm_registration", registration=late, code=codes[1]).code == "code_wrong"
    assert [row["state"] for row in world.rows("select state from one_time_code order by id")] == [
        "used",
        "expired",
    ]


def test_id4_a_code_is_used_once(world: World) -> None:
    registration = world.register(new_phone())
    code = world.code()
    world.ask("confirm_registration", registration=registration, code=code)
    assert _state(world) == ("used", 1)
    assert world.refused("confirm_registration", registration=registration, code=code).code == "code_wrong"
    assert len(world.rows("select id from person")) == 1


def test_id4_a_newer_code_replaces_the_one_before(world: World) -> None:
    token = world.person()["access_token"]
    world.ask("change_email", token, password=PASSWORD, email="a@home.example")
    first = world.code()
    world.later(seconds=1)
    world.ask("change_email", token, password=PASSWORD, email="b@home.example")
    second = world.code()
    states = [row["state"] for row in world.rows("select state from one_time_code order by created_at")]
    assert states == ["replaced", "issued"]
    if first != second:
        assert world.refused("confirm_email", token, code=first).code == "code_wrong"
    assert world.ask("confirm_email", token, code=second) == {"email": "b@home.example"}


def test_id1_two_registrations_of_one_phone_make_one_person(world: World) -> None:
    phone = new_phone()
    first = world.register(phone)
    code = world.code()
    second = world.register(phone)
    other = world.code()
    assert world.ask("confirm_registration", registration=first, code=code)["person"]
    assert world.refused("confirm_registration", registration=second, code=other).code == "code_wrong"
    assert world.announced_names().count("person_registered") == 1
    assert len(world.rows("select id from session")) == 1


def test_drill16_sends_to_one_number_are_limited_by_ten_minutes_and_by_day(world: World) -> None:
    phone, other = new_phone(), new_phone()
    for _ in range(5):
        world.register(phone)
    again = {"phone": phone, "password": PASSWORD, "agreement": "1"}
    assert world.refused("register", **again).fields["retry_after"] == 600
    world.register(other)
    world.later(minutes=10)
    for _ in range(5):
        world.register(phone)
    world.later(minutes=10)
    assert world.refused("register", **again).fields["retry_after"] == 86_400
    assert world.announced_names().count("code_issued") == 11
    world.later(days=1)
    assert world.register(phone)


def test_drill22_the_code_is_nowhere_in_the_clear(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    phone = new_phone()
    registration = world.register(phone)
    code = world.code()
    world.refused("confirm_registration", registration=registration, code=_wrong(code))
    row = world.row("select * from outbox")
    sealed = world.announced("code_issued")[0]["sealed"]
    assert Seal(world.keys.seal_key).open(sealed) == {"code": code, "address": phone}
    assert code not in str(row).replace(sealed, "").replace(row["body"], "")
    assert phone not in str(row) and phone.lstrip("+") not in row["body"]
    kept = world.row("select * from one_time_code")
    assert len(kept["code_hash"]) == 64
    assert code not in {str(value) for value in kept.values()}
    assert world.row("select password_hash from registration")["password_hash"].startswith("$argon2id$")
    printed = capsys.readouterr()
    assert code not in printed.out + printed.err and phone not in printed.out + printed.err

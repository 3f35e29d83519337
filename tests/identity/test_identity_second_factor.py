"""The second factor (ID-10): enrolment, two steps of signing in, codes that are good once."""

from __future__ import annotations

from typing import Any

import eventlet
import pyotp
import pytest

from authorisation.subject import SubjectVerifier
from contracts.errors import CabinetError
from contracts.identifiers import new_id
from services.identity.domain.second_factor import steps_to_try
from tests.identity.staff import App, enrol, hold_real_time, member
from tests.identity.world import PASSWORD, World


def _login(world: World, tokens: dict[str, Any]) -> str:
    found = world.row("select email, phone from person where id = cast(:id as uuid)", id=tokens["person"])
    return str(found["email"] or found["phone"])


def _challenge(world: World, tokens: dict[str, Any]) -> str:
    answer = world.ask("sign_in", login=_login(world, tokens), password=PASSWORD)
    assert (answer["kind"], "roles" in answer) == ("challenge", False) and "access_token" not in answer
    return str(answer["challenge"])


def _refused(world: World, challenge: str, code: str) -> str:
    return world.refused("answer_challenge", challenge=challenge, code=code).code


def _states(world: World) -> list[tuple[str, int]]:
    rows = world.rows("select state, tries from challenge order by created_at, id")
    return [(row["state"], row["tries"]) for row in rows]


def test_id10_staff_sign_in_in_two_steps_and_have_their_roles_then(world: World) -> None:
    operator = member(world, "operator")
    app: App = operator["app"]
    app.wait()
    answer = world.ask("answer_challenge", challenge=_challenge(world, operator), code=app.code())
    assert (answer["person"], answer["roles"], answer["second_factor"]) == (
        operator["person"],
        ["operator"],
        "confirmed",
    )
    verifier = SubjectVerifier(world.keys.public_key, world.keys.service_key)
    assert verifier.verify(answer["access_token"]).roles == {"operator"}
    following = world.ask("refresh", refresh_token=answer["refresh_token"])
    assert verifier.verify(following["access_token"]).roles == {"operator"}


def test_id10_a_password_alone_opens_no_session(world: World) -> None:
    operator = member(world, "operator")
    before = len(world.rows("select 1 from session"))
    _challenge(world, operator)
    assert len(world.rows("select 1 from session")) == before


def test_id10_a_code_is_good_once(world: World) -> None:
    operator = member(world, "operator")
    app: App = operator["app"]
    # The code that confirmed the enrolment was used, too.
    assert _refused(world, _challenge(world, operator), app.code()) == "code_wrong"
    app.wait()
    code = app.code()
    assert world.ask("answer_challenge", challenge=_challenge(world, operator), code=code)
    assert _refused(world, _challenge(world, operator), code) == "code_wrong"
    # Nor is one of a step before it, though the window would let it through.
    assert _refused(world, _challenge(world, operator), app.code(-1)) == "code_wrong"
    app.wait()
    assert world.ask("answer_challenge", challenge=_challenge(world, operator), code=app.code())


def test_id10_of_two_answers_with_one_code_at_once_one_gets_through(world: World) -> None:
    operator = member(world, "operator")
    app: App = operator["app"]
    app.wait()
    challenges = [_challenge(world, operator) for _ in range(4)]

    def attempt(challenge: str) -> str:
        try:
            return str(world.ask("answer_challenge", challenge=challenge, code=app.code())["token_type"])
        except CabinetError as error:
            return error.code

    assert sorted(eventlet.GreenPool().imap(attempt, challenges)) == ["Bearer", *["code_wrong"] * 3]


@pytest.mark.parametrize(
    ("wrong_by", "good"), [(-59, False), (-30, True), (0, True), (30, True), (59, False)]
)
def test_id10_a_phone_may_be_half_a_minute_off(world: World, wrong_by: float, good: bool) -> None:
    operator = member(world, "operator")
    app: App = operator["app"]
    app.wait(10)
    app.wrong_by = wrong_by
    challenge = _challenge(world, operator)
    if good:
        assert world.ask("answer_challenge", challenge=challenge, code=app.code())["roles"] == ["operator"]
    else:
        assert _refused(world, challenge, app.code()) == "code_wrong"


def test_id10_steps_before_the_last_used_one_are_never_tried() -> None:
    now = 100
    for last, expected in ((0, [99, 100, 101]), (99, [100, 101]), (100, [101]), (101, []), (500, [])):
        assert steps_to_try(now * 30 + 29, last) == expected


def test_id10_a_challenge_is_answered_once(world: World) -> None:
    operator = member(world, "operator")
    app: App = operator["app"]
    app.wait()
    challenge = _challenge(world, operator)
    assert world.ask("answer_challenge", challenge=challenge, code=app.code())
    app.wait()
    assert _refused(world, challenge, app.code()) == "code_wrong"
    assert _states(world) == [("used", 1)]


def test_id10_a_challenge_ends_after_five_wrong_codes(world: World) -> None:
    operator = member(world, "operator")
    app: App = operator["app"]
    app.wait()
    challenge = _challenge(world, operator)
    for _ in range(5):
        assert _refused(world, challenge, app.wrong_code()) == "code_wrong"
    assert _refused(world, challenge, app.code()) == "code_wrong"
    assert _states(world) == [("exhausted", 5)]


def test_id10_a_challenge_ends_after_five_minutes_of_real_time(world: World) -> None:
    operator = member(world, "operator")
    app: App = operator["app"]
    challenge = _challenge(world, operator)
    world.later(days=30)  # the clock of a demo
    app.wait(9)
    late = _challenge(world, operator)
    assert world.ask("answer_challenge", challenge=challenge, code=app.code())
    app.wait(10)
    assert _refused(world, late, app.code()) == "code_wrong"
    assert _states(world) == [("used", 1), ("expired", 0)]


@pytest.mark.parametrize("made_up", ["", ".", "x", f"{new_id()}.x", "я.я"])
def test_id10_what_is_no_challenge_of_ours_is_refused(world: World, made_up: str) -> None:
    operator = member(world, "operator")
    app: App = operator["app"]
    app.wait()
    assert _refused(world, made_up, app.code()) == "code_wrong"
    known = _challenge(world, operator).split(".")[0]
    assert _refused(world, f"{known}.{made_up}", app.code()) == "code_wrong"
    assert _states(world) == [("issued", 0)]


@pytest.mark.parametrize("code", ["", "12345", "１２３４５６", "a" * 41, "123456\n", "12\x00456"])
def test_id10_what_can_be_no_code_is_a_fault_of_the_request(world: World, code: str) -> None:
    operator = member(world, "operator")
    challenge = _challenge(world, operator)
    assert _refused(world, challenge, code) == "validation_failed"


def test_id10_codes_are_limited_by_person_and_a_new_password_starts_anew(world: World) -> None:
    operator = member(world, "operator")
    app: App = operator["app"]
    app.wait()
    challenges = [_challenge(world, operator) for _ in range(3)]  # five tries each
    for number in range(9):  # confirming the enrolment was one
        assert _refused(world, challenges[number // 5], app.wrong_code()) == "code_wrong"
    assert _refused(world, challenges[2], app.code()) == "too_many_requests"
    new = "Cloudy-Weather-8"
    world.ask("change_password", operator["access_token"], old=PASSWORD, new=new)
    answer = world.ask("sign_in", login=_login(world, operator), password=new)
    assert world.ask("answer_challenge", challenge=answer["challenge"], code=app.code())


def test_id10_recovery_codes_are_good_once_each_and_kept_as_digests(world: World) -> None:
    operator = member(world, "operator")
    codes = operator["recovery_codes"]
    assert len(set(codes)) == 10 and all(len(code.replace("-", "")) == 16 for code in codes)
    kept = str(world.rows("select * from recovery_code"))
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)
    typed = codes[0].replace("-", " ").lower()
    assert world.ask("answer_challenge", challenge=_challenge(world, operator), code=typed)["roles"]
    assert _refused(world, _challenge(world, operator), codes[0]) == "code_wrong"
    left = world.ask("second_factor", operator["access_token"])
    assert left == {"confirmed": True, "recovery_codes_left": 9}


def test_id10_the_secret_is_sealed_at_rest(world: World) -> None:
    operator = member(world, "operator")
    row = world.row("select * from second_factor")
    assert operator["app"].secret not in str(row)
    assert world.tools.seal.open(row["sealed"]) == operator["app"].secret


def test_id10_enrolling_asks_for_the_password(world: World) -> None:
    hold_real_time(world)
    tokens = world.person(roles=["operator"])
    refused = world.refused("enrol_second_factor", tokens["access_token"], password="Wrong-Weather-7")
    assert refused.code == "password_wrong"
    assert world.rows("select * from second_factor") == []


def test_id10_the_uri_is_what_authenticator_apps_read(world: World) -> None:
    hold_real_time(world)
    tokens = world.person(email="ann@home.example", roles=["operator"])
    offered = world.ask("enrol_second_factor", tokens["access_token"], password=PASSWORD)
    read = pyotp.parse_uri(offered["uri"])
    assert isinstance(read, pyotp.TOTP)
    assert (read.secret, read.name, read.issuer) == (offered["secret"], "ann@home.example", "Cabinet")
    assert (read.digits, read.interval) == (6, 30) and len(read.secret) == 32


def test_id10_an_enrolment_counts_once_it_is_confirmed(world: World) -> None:
    real = hold_real_time(world)
    tokens = world.person(roles=["operator"])
    token = tokens["access_token"]
    assert world.refused("confirm_second_factor", token, code="123456").code == "code_wrong"
    offered = world.ask("enrol_second_factor", token, password=PASSWORD)
    assert world.ask("sign_in", login=_login(world, tokens), password=PASSWORD)["second_factor"] == "to_enrol"
    app = App(real, offered["secret"])
    assert world.refused("confirm_second_factor", token, code=app.wrong_code()).code == "code_wrong"
    assert world.ask("confirm_second_factor", token, code=app.code())["confirmed"]
    assert world.ask("sign_in", login=_login(world, tokens), password=PASSWORD)["kind"] == "challenge"


def test_id10_another_app_is_enrolled_only_with_a_code_of_the_first(world: World) -> None:
    operator = member(world, "operator")
    app: App = operator["app"]
    token = operator["access_token"]
    refused = world.refused("enrol_second_factor", token, password=PASSWORD)
    assert refused.code == "second_factor_needed"
    app.wait()
    refused = world.refused("enrol_second_factor", token, password=PASSWORD, code=app.wrong_code())
    assert refused.code == "code_wrong"
    offered = world.ask("enrol_second_factor", token, password=PASSWORD, code=app.code())
    # The old one is good until the new one is confirmed.
    app.wait()
    assert world.ask("answer_challenge", challenge=_challenge(world, operator), code=app.code())
    other = App(app.real, offered["secret"])
    world.ask("confirm_second_factor", token, code=other.code())
    for number in range(2):
        app.wait()
        challenge = _challenge(world, operator)
        assert _refused(world, challenge, app.code()) == "code_wrong"
        if number == 0:
            assert _refused(world, challenge, operator["recovery_codes"][0]) == "code_wrong"
            assert world.ask("answer_challenge", challenge=challenge, code=other.code())


def test_id10_anyone_may_have_a_second_factor_and_remove_it_with_a_code(world: World) -> None:
    tokens = world.person()
    app, _ = enrol(world, tokens)
    app.wait()
    answer = world.ask("answer_challenge", challenge=_challenge(world, tokens), code=app.code())
    assert (answer["roles"], answer["second_factor"]) == ([], "confirmed")
    assert (
        world.refused("remove_second_factor", tokens["access_token"], code=app.wrong_code()).code
        == "code_wrong"
    )
    app.wait()
    assert world.ask("remove_second_factor", tokens["access_token"], code=app.code()) == {"removed": True}
    assert world.ask("sign_in", login=_login(world, tokens), password=PASSWORD)["second_factor"] == "none"


def test_id10_staff_do_not_remove_theirs(world: World) -> None:
    operator = member(world, "operator")
    operator["app"].wait()
    refused = world.refused("remove_second_factor", operator["access_token"], code=operator["app"].code())
    assert refused.code == "forbidden"


def test_id10_a_recovered_password_does_not_go_round_the_second_factor(world: World) -> None:
    operator = member(world, "operator", email="ann@home.example")
    begun = world.ask("recover", login="ann@home.example")
    world.ask("confirm_recovery", recovery=begun["recovery"], code=world.code(), password="Cloudy-Weather-8")
    answer = world.ask("sign_in", login="ann@home.example", password="Cloudy-Weather-8")
    assert answer["kind"] == "challenge" and "access_token" not in answer
    assert world.refused("refresh", refresh_token=operator["refresh_token"]).code == "session_ended"


def test_housekeeping_forgets_challenges_that_are_over(world: World) -> None:
    from chassis.context import CallContext

    operator = member(world, "operator")
    _challenge(world, operator)
    world.service.forget_old(CallContext())
    assert len(world.rows("select 1 from challenge")) == 1
    operator["app"].wait(2 * 60 * 25)
    world.service.forget_old(CallContext())
    assert world.rows("select 1 from challenge") == []

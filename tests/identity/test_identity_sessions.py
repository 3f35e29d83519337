"""Signing in, refresh tokens, signing out (ID-3)."""

from __future__ import annotations

from typing import Any

import eventlet
import jwt
import pytest

from authorisation.subject import SubjectVerifier
from contracts.identifiers import new_id
from tests.identity.staff import member
from tests.identity.world import PASSWORD, World, new_phone


def _states(world: World) -> list[str]:
    return [row["state"] for row in world.rows("select state from session order by created_at, id")]


def test_id3_sign_in_by_phone_in_any_spelling(world: World) -> None:
    phone = new_phone()
    person = world.person(phone)["person"]
    for login in (phone, f"8{phone[2:]}", f" +7 ({phone[2:5]}) {phone[5:]} "):
        assert world.ask("sign_in", login=login, password=PASSWORD)["person"] == person


def test_id3_sign_in_by_email_whatever_its_case(world: World) -> None:
    mine = world.person()
    world.ask("change_email", mine["access_token"], password=PASSWORD, email="Anna@Home.Example")
    world.ask("confirm_email", mine["access_token"], code=world.code())
    assert world.ask("sign_in", login=" ANNA@home.example", password=PASSWORD)["person"] == mine["person"]


def test_drill17_a_wrong_password_and_an_unknown_name_are_told_alike(world: World) -> None:
    phone = new_phone()
    world.person(phone)
    logins = [phone, new_phone(), "nobody@home.example", "not a phone", "'; drop table person", "@"]
    refusals = [world.refused("sign_in", login=login, password="Wrong-Weather-7") for login in logins]
    assert {(error.code, error.detail, str(error.fields)) for error in refusals} == {
        ("credentials_wrong", refusals[0].detail, "{}")
    }


def test_drill17_an_unknown_name_costs_a_hash_as_well(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.identity.adapters import secrets

    hashes = []

    class Counting:
        def verify(self, hashed: str, password: str) -> bool:
            hashes.append(hashed)
            return True

    monkeypatch.setattr(secrets, "_hasher", Counting())
    assert world.refused("sign_in", login=new_phone(), password=PASSWORD).code == "credentials_wrong"
    assert hashes == [secrets._DUMMY]


def test_drill15_a_name_with_a_zero_byte_is_no_error_of_ours(world: World) -> None:
    assert world.refused("sign_in", login="a\0@home.example", password=PASSWORD).code in (
        "credentials_wrong",
        "validation_failed",
    )


def test_id3_sign_in_is_limited_by_name_and_address(world: World) -> None:
    phone, other = new_phone(), new_phone()
    world.person(phone)
    world.person(other)
    home, wrong = "203.0.113.7", "Wrong-Weather-7"
    for _ in range(10):
        refused = world.refused("sign_in", client=home, login=phone, password=wrong)
        assert refused.code == "credentials_wrong"
    for password in (PASSWORD, wrong):
        refusal = world.refused("sign_in", client=home, login=phone, password=password)
        assert (refusal.code, refusal.fields) == ("too_many_requests", {"retry_after": 600})
    assert world.ask("sign_in", client=home, login=other, password=PASSWORD)
    # Whoever tries from one address locks nobody out at another.
    assert world.ask("sign_in", client="198.51.100.9", login=phone, password=PASSWORD)
    world.later(minutes=10)
    assert world.ask("sign_in", client=home, login=phone, password=PASSWORD)


def test_id3_an_address_that_tries_many_names_is_limited(world: World) -> None:
    for number in range(100):
        login = f"nobody{number}@home.example"
        refused = world.refused("sign_in", client="203.0.113.7", login=login, password=PASSWORD)
        assert refused.code == "credentials_wrong"
    phone = new_phone()
    world.person(phone)
    refused = world.refused("sign_in", client="203.0.113.7", login=phone, password=PASSWORD)
    assert refused.code == "too_many_requests"
    assert world.ask("sign_in", client="203.0.113.8", login=phone, password=PASSWORD)


def test_id3_tries_from_everywhere_are_limited_and_do_not_lock_the_owner_out(world: World) -> None:
    phone = new_phone()
    world.person(phone)
    assert world.ask("sign_in", client="203.0.113.7", login=phone, password=PASSWORD)
    for number in range(98):  # the two sign-ins before count, too
        client = f"198.51.{number}.9"
        refused = world.refused("sign_in", client=client, login=phone, password="Wrong-Weather-7")
        assert refused.code == "credentials_wrong"
    refused = world.refused("sign_in", client="198.51.99.9", login=phone, password=PASSWORD)
    assert (refused.code, refused.fields) == ("too_many_requests", {"retry_after": 3600})
    # In the network where the owner was signed in before, strangers' tries elsewhere do not count.
    assert world.ask("sign_in", client="203.0.113.99", login=phone, password=PASSWORD)


def test_id3_the_access_token_names_person_session_and_roles(world: World) -> None:
    tokens = member(world, "operator")
    subject = SubjectVerifier(world.keys.public_key, world.keys.service_key).verify(tokens["access_token"])
    assert (subject.kind, subject.id, subject.roles) == ("person", tokens["person"], {"operator"})
    assert subject.session == tokens["refresh_token"].split(".")[0]
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == tokens["expires_in"] == 600
    assert set(claims) == {"iss", "sub", "sid", "iat", "exp", "roles"}


def test_id3_refresh_gives_the_next_pair_each_time(world: World) -> None:
    tokens = world.person()
    seen = {tokens["refresh_token"]}
    for _ in range(3):
        following = world.ask("refresh", refresh_token=tokens["refresh_token"])
        assert following["person"] == tokens["person"] and following["refresh_token"] not in seen
        assert following["refresh_token"].split(".")[0] == tokens["refresh_token"].split(".")[0]
        tokens = following
        seen.add(tokens["refresh_token"])
    kept = world.row("select refresh_hash from session")
    assert not any(token.split(".")[1] in str(kept) for token in seen)


def test_id10_roles_are_no_part_of_a_token_without_the_second_factor(world: World) -> None:
    tokens = world.person(roles=["operator"])
    following = world.ask("refresh", refresh_token=tokens["refresh_token"])
    verifier = SubjectVerifier(world.keys.public_key, world.keys.service_key)
    for answer in (tokens, following):
        assert (answer["roles"], answer["second_factor"]) == ([], "to_enrol")
        assert verifier.verify(answer["access_token"]).roles == frozenset()


def test_drill20_a_made_up_secret_does_not_end_anyones_session(world: World) -> None:
    tokens = world.person()
    tokens = world.ask("refresh", refresh_token=tokens["refresh_token"])
    session = tokens["refresh_token"].split(".")[0]
    for made_up in ("x", "x.y", f"{'x' * 43}.{'0' * 32}", "я.я"):
        refused = world.refused("refresh", refresh_token=f"{session}.{made_up}")
        assert refused.code == "session_ended"
    assert world.ask("refresh", refresh_token=tokens["refresh_token"])["person"] == tokens["person"]


def test_drill20_whoever_lost_the_answer_gets_the_same_successor_for_thirty_seconds(world: World) -> None:
    token = world.person()["refresh_token"]
    first = world.ask("refresh", refresh_token=token)["refresh_token"]
    world.later(seconds=30)
    assert world.ask("refresh", refresh_token=token)["refresh_token"] == first
    world.later(seconds=1)
    assert world.refused("refresh", refresh_token=token).code == "session_ended"
    assert _states(world) == ["reused"]


def test_drill20_once_the_successor_is_used_the_token_is_a_stolen_one(world: World) -> None:
    token = world.person()["refresh_token"]
    first = world.ask("refresh", refresh_token=token)["refresh_token"]
    second = world.ask("refresh", refresh_token=first)["refresh_token"]
    assert len({token, first, second}) == 3
    assert world.refused("refresh", refresh_token=token).code == "session_ended"
    assert world.refused("refresh", refresh_token=second).code == "session_ended"
    assert _states(world) == ["reused"]


@pytest.mark.parametrize("age", [1, 2, 3])
def test_drill20_a_refresh_token_used_twice_ends_its_session(world: World, age: int) -> None:
    tokens = world.person()
    given = [tokens["refresh_token"]]
    for _ in range(age):
        given.append(world.ask("refresh", refresh_token=given[-1])["refresh_token"])
    world.later(seconds=31)
    assert world.refused("refresh", refresh_token=given[0]).code == "session_ended"
    assert _states(world) == ["reused"]
    assert world.refused("refresh", refresh_token=given[-1]).code == "session_ended"


def test_drill20_reuse_leaves_other_sessions_alone(world: World) -> None:
    phone = new_phone()
    stolen = world.person(phone)["refresh_token"]
    mine = world.ask("sign_in", login=phone, password=PASSWORD)["refresh_token"]
    world.ask("refresh", refresh_token=stolen)
    world.later(seconds=31)
    world.refused("refresh", refresh_token=stolen)
    assert sorted(_states(world)) == ["open", "reused"]
    assert world.ask("refresh", refresh_token=mine)


def test_drill20_refreshes_at_once_have_one_successor(world: World) -> None:
    token = world.person()["refresh_token"]

    def attempt(_: int) -> str:
        return str(world.ask("refresh", refresh_token=token)["refresh_token"])

    assert len(set(eventlet.GreenPool().imap(attempt, range(5)))) == 1
    assert _states(world) == ["open"]


def test_id3_a_session_ends_after_sixty_days(world: World) -> None:
    token = world.person()["refresh_token"]
    world.later(days=59)
    token = world.ask("refresh", refresh_token=token)["refresh_token"]
    world.later(days=1)
    assert world.refused("refresh", refresh_token=token).code == "session_ended"
    assert _states(world) == ["expired"]


@pytest.mark.parametrize("token", ["", ".", "x" * 36 + ".y", "0" * 36, f"{new_id()}.secret", "я" * 36])
def test_id3_what_is_no_refresh_token_of_ours_is_refused(world: World, token: str) -> None:
    assert world.refused("refresh", refresh_token=token).code == "session_ended"


def test_id3_sign_out_ends_this_session_only(world: World) -> None:
    phone = new_phone()
    first = world.person(phone)
    second = world.ask("sign_in", login=phone, password=PASSWORD)
    ended = [first["refresh_token"].split(".")[0]]
    for expected in (ended, []):
        assert world.ask("sign_out", first["access_token"]) == {"signed_out": True, "ended": expected}
    assert world.refused("refresh", refresh_token=first["refresh_token"]).code == "session_ended"
    assert world.ask("refresh", refresh_token=second["refresh_token"])


def test_id3_only_people_have_sessions_and_profiles(world: World) -> None:
    for token in ("", world.keys.service("billing")):
        for method in ("sign_out", "sign_out_everywhere", "sessions", "second_factor", "me", "accounts"):
            assert world.refused(method, token).code == "unauthenticated"
    # A good signature for somebody who is not there (erased).
    stranger = world.keys.person()
    assert world.refused("me", stranger).code == "unauthenticated"
    assert world.refused("me", world.keys.person(life=-10)).code == "unauthenticated"


def test_id3_a_person_without_that_session_can_sign_out(world: World) -> None:
    assert world.ask("sign_out", world.keys.person()) == {"signed_out": True, "ended": []}


def test_housekeeping_forgets_old_attempts_and_keeps_those_that_limit(world: World) -> None:
    phone = new_phone()
    world.register(phone)
    world.later(days=1)
    world.register(phone)
    world.later(days=1, hours=1)
    world.service.forget_old(_context())
    assert world.rows("select kind from attempt") == []
    world.register(phone)
    world.later(hours=2)
    world.service.forget_old(_context())
    left = world.rows("select kind, span = interval '1 day' as daily from attempt order by kind")
    assert left == [{"kind": kind, "daily": True} for kind in ("send_block", "send_code")]


def _context() -> Any:
    from chassis.context import CallContext

    return CallContext()

"""Where one is signed in, and ending it (ID-3); what gateways are told of it (drill 20)."""

from __future__ import annotations

from itertools import product
from typing import Any

import eventlet
import pytest

from authorisation.contexts import RequestContext
from contracts.transitions import NEW, ForbiddenTransitionError
from services.identity.domain.devices import LONGEST, device_label, network_of
from services.identity.domain.states import CHALLENGE, SESSION
from services.identity.handlers import sessions as handlers
from services.identity.store import sessions as kept_sessions
from tests.identity.world import PASSWORD, World, new_phone
from tests.support_code.waiting import eventually

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
    "Mobile Safari/537.36"
)


def _session(tokens: dict[str, Any]) -> str:
    return str(tokens["refresh_token"]).split(".")[0]


def _ended(world: World, after: int = 0) -> dict[str, Any]:
    answer: dict[str, Any] = world.ask("ended_sessions", world.keys.service("gateway"), after=after)
    return answer


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        (FIREFOX, "Firefox, Windows"),
        (CHROME, "Chrome, Android"),
        (f"{CHROME} Edg/140.0", "Edge, Android"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            "Safari, iPhone",
        ),
        ("CabinetApp/3.1 (build 7)", "CabinetApp/3.1"),
        ("", ""),
        ("   ", ""),
        ("<script>alert(1)</script>", "scriptalert(1)/script"),
        ("имя\x1b[31m x", "[31m"),
        ("x" * 500, "x" * LONGEST),
    ],
)
def test_id3_a_device_is_told_by_a_short_clean_label(agent: str, label: str) -> None:
    assert device_label(agent) == label


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("::1", "::/48"),
        ("", ""),
        ("unknown", ""),
    ],
)
def test_id3_an_address_is_kept_as_its_network(client: str, network: str) -> None:
    assert network_of(client) == network


def test_id3_the_list_shows_where_one_is_signed_in(world: World) -> None:
    phone = new_phone()
    world.person(phone)  # somebody's tokens from inside: neither device nor network
    world.person()
    world.later(hours=1)
    signed_in = world.ask("sign_in", client="203.0.113.77", login=phone, password=PASSWORD, device=FIREFOX)
    sessions = world.ask("sessions", signed_in["access_token"])["sessions"]
    assert [(item["current"], item["device"], item["network"]) for item in sessions] == [
        (True, "Firefox, Windows", "203.0.113.0/24"),
        (False, "", ""),
    ]
    world.later(hours=1)
    world.ask("refresh", client="198.51.100.7", refresh_token=signed_in["refresh_token"], device=CHROME)
    [moved, _] = world.ask("sessions", signed_in["access_token"])["sessions"]
    assert (moved["device"], moved["network"]) == ("Chrome, Android", "198.51.100.0/24")
    assert moved["used_at"] > moved["created_at"] == sessions[0]["created_at"]


def test_id3_sessions_that_are_over_are_not_listed(world: World) -> None:
    tokens = world.person()
    world.later(days=60)
    assert world.ask("sessions", tokens["access_token"]) == {"sessions": []}


def test_id3_one_of_several_is_ended_by_its_id(world: World) -> None:
    phone = new_phone()
    mine = world.person(phone)
    other = world.ask("sign_in", login=phone, password=PASSWORD)
    answer = world.ask("sign_out_session", mine["access_token"], session=_session(other))
    assert answer == {"signed_out": True, "ended": [_session(other)]}
    assert world.refused("refresh", refresh_token=other["refresh_token"]).code == "session_ended"
    assert world.ask("refresh", refresh_token=mine["refresh_token"])
    again = world.refused("sign_out_session", mine["access_token"], session=_session(other))
    assert again.code == "not_found"


def test_drill18_anothers_session_does_not_exist(world: World) -> None:
    mine, theirs = world.person(), world.person()
    refused = world.refused("sign_out_session", mine["access_token"], session=_session(theirs))
    assert refused.code == "not_found"
    assert world.ask("refresh", refresh_token=theirs["refresh_token"])


@pytest.mark.parametrize("others_only", [True, False])
def test_id3_all_or_all_others_are_ended(world: World, others_only: bool) -> None:
    phone = new_phone()
    stranger, mine = world.person(), world.person(phone)
    others = [world.ask("sign_in", login=phone, password=PASSWORD) for _ in range(3)]
    answer = world.ask("sign_out_everywhere", mine["access_token"], others_only=others_only)
    expected = {_session(item) for item in others} | (set() if others_only else {_session(mine)})
    assert set(answer["ended"]) == expected
    assert world.ask("refresh", refresh_token=stranger["refresh_token"])
    for item in others:
        assert world.refused("refresh", refresh_token=item["refresh_token"]).code == "session_ended"
    if others_only:
        assert world.ask("refresh", refresh_token=mine["refresh_token"])


ENDS = {
    "signed_out": "signed_out", "reused": "reused", "expired": "expired", "password_changed": "revoked",
    "recovered": "revoked", "contact_kept": "revoked", "erased": "revoked", "staff_changed": "revoked",
}  # fmt: skip
EVENTS = tuple(ENDS)


@pytest.mark.parametrize(
    ("state", "event"), product(("open", "signed_out", "reused", "expired", "revoked"), EVENTS)
)
def test_drill10_every_state_of_a_session_with_every_event(world: World, state: str, event: str) -> None:
    tokens = world.person()
    session, person = _session(tokens), tokens["person"]
    first = next(name for name, end in ENDS.items() if end == state) if state != "open" else ""

    def end(name: str) -> list[str]:
        with world.service.service.begin() as call:
            return handlers.end_sessions(call, person, name)

    if first:
        assert end(first) == [session]
    assert end(event) == ([session] if state == "open" else [])
    expected = ENDS[event] if state == "open" else state
    row = world.row("select state, ended_at, ended_by from session")
    assert row["state"] == expected and row["ended_at"] is not None and row["ended_by"] is not None
    assert world.refused("refresh", refresh_token=tokens["refresh_token"]).code == "session_ended"


def test_drill10_nothing_else_happens_to_sessions_and_challenges() -> None:
    assert {edge.trigger for edge in SESSION} == {"signed_in", *EVENTS}
    assert {edge.source for edge in SESSION} == {NEW, "open"}
    for state, event in product(("used", "exhausted", "expired"), ("used", "exhausted", "expired")):
        with pytest.raises(ForbiddenTransitionError):
            CHALLENGE.move(state, event)


# --- what gateways are told -----------------------------------------------------------------------------------------


def test_drill20_gateways_and_nobody_else_hear_which_sessions_ended(world: World) -> None:
    person = world.person()["access_token"]
    for token in ("", person, world.keys.service("billing"), world.keys.person(None, "administrator")):
        assert world.refused("ended_sessions", token).code == "forbidden"
    assert _ended(world)["sessions"] == []


def test_drill20_each_end_is_told_from_its_cursor_on(world: World) -> None:
    phone = new_phone()
    first = world.person(phone)
    second = world.ask("sign_in", login=phone, password=PASSWORD)
    world.ask("sign_out", first["access_token"])
    told = _ended(world)
    assert (told["sessions"], told["life"]) == ([_session(first)], 600)
    # Transactions of others that are still open may have it told again; once they are over it is not.
    assert eventually(lambda: _ended(world, _ended(world)["next"])["sessions"] == [])
    world.ask("refresh", refresh_token=second["refresh_token"])
    world.later(seconds=31)
    world.refused("refresh", refresh_token=second["refresh_token"])  # reused
    following = _ended(world, told["next"])
    assert _session(second) in following["sessions"] and following["next"] >= told["next"]
    assert set(_ended(world)["sessions"]) == {_session(first), _session(second)}


def test_drill20_an_end_that_is_committed_late_is_not_missed(world: World) -> None:
    """A transaction with a lower number is still open when one with a higher number was told already."""
    slow, quick = world.person(), world.person()
    go_on, began = eventlet.event.Event(), eventlet.event.Event()

    def end_slowly() -> None:
        with world.database.transaction() as tx:
            assert kept_sessions.end_sessions(tx, slow["person"], "signed_out")
            began.send(None)
            go_on.wait()

    ending = eventlet.spawn(end_slowly)
    began.wait()
    world.ask("sign_out", quick["access_token"])
    told = _ended(world)
    assert told["sessions"] == [_session(quick)]
    go_on.send(None)
    ending.wait()
    assert _session(slow) in _ended(world, told["next"])["sessions"]


def test_drill20_what_ended_longer_ago_than_a_token_lives_is_not_told(world: World) -> None:
    tokens = world.person()
    world.ask("sign_out", tokens["access_token"])
    with world.database.transaction() as tx:
        tx.run("update session set ended_at = ended_at - interval '659 seconds'")
    assert _ended(world)["sessions"] == [_session(tokens)]
    with world.database.transaction() as tx:
        tx.run("update session set ended_at = ended_at - interval '2 seconds'")
    assert _ended(world)["sessions"] == []


def test_drill20_a_database_that_counts_anew_is_told_from_the_beginning(world: World) -> None:
    tokens = world.person()
    world.ask("sign_out", tokens["access_token"])
    assert _ended(world, 2**50)["sessions"] == [_session(tokens)]


def test_drill20_an_end_that_is_rolled_back_is_none(world: World) -> None:
    tokens = world.person()

    def end_and_fail(call: RequestContext) -> None:
        handlers.end_sessions(call, tokens["person"], "signed_out")
        raise RuntimeError("the machine stops here")

    with pytest.raises(RuntimeError), world.service.service.begin() as call:
        end_and_fail(call)
    assert _ended(world)["sessions"] == []
    assert world.ask("refresh", refresh_token=tokens["refresh_token"])

"""Links to documents: one use, one minute, as long as the session lasts (GW-6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import eventlet
import jwt

from authorisation.subject import SubjectVerifier
from chassis.clock import FixedClock
from chassis.context import CallContext
from contracts.errors import CabinetError
from tests.identity.staff import member
from tests.identity.world import World

DOCUMENT = {"operation": "bill_pdf", "path": {"bill": "one"}, "query": {"language": "ru"}}


def test_gw6_a_link_opens_what_it_was_made_for_once(world: World) -> None:
    mine = world.person()
    made = world.ask("link_document", mine["access_token"], **DOCUMENT)
    assert made["expires_in"] == 60
    opened = world.ask("open_document", secret=made["secret"])
    assert {name: opened[name] for name in DOCUMENT} == DOCUMENT
    assert opened["person"] == mine["person"]
    subject = SubjectVerifier(world.keys.public_key, world.keys.service_key).verify(opened["access_token"])
    assert (subject.kind, subject.id, subject.session) == ("person", mine["person"], opened["session"])
    claims = jwt.decode(opened["access_token"], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 60
    assert world.refused("open_document", secret=made["secret"]).code == "link_wrong"


def test_gw6_of_two_that_open_a_link_at_once_one_gets_it(world: World) -> None:
    secret = world.ask("link_document", world.person()["access_token"], **DOCUMENT)["secret"]

    def opened() -> str:
        try:
            return str(world.ask("open_document", secret=secret)["operation"])
        except CabinetError as error:
            return error.code

    tries = [eventlet.spawn(opened) for _ in range(8)]
    assert sorted(one.wait() for one in tries) == ["bill_pdf"] + ["link_wrong"] * 7


def test_gw6_after_a_minute_a_link_opens_nothing(world: World) -> None:
    made = world.ask("link_document", world.person()["access_token"], **DOCUMENT)
    for seconds, code in ((61, "link_wrong"), (59, "")):
        world.tools = replace(world.tools, real=FixedClock(datetime.now(UTC) + timedelta(seconds=seconds)))
        world.service.tools = world.tools
        if code:
            assert world.refused("open_document", secret=made["secret"]).code == code
        else:
            assert world.ask("open_document", secret=made["secret"])["operation"] == "bill_pdf"


def test_gw6_a_link_ends_with_its_session(world: World) -> None:
    mine = world.person()
    made = world.ask("link_document", mine["access_token"], **DOCUMENT)
    world.ask("sign_out", mine["access_token"])
    assert world.refused("open_document", secret=made["secret"]).code == "link_wrong"
    assert world.refused("link_document", mine["access_token"], **DOCUMENT).code == "session_ended"


def test_gw6_what_a_link_opens_carries_no_role(world: World) -> None:
    made = world.ask("link_document", member(world, "operator")["access_token"], **DOCUMENT)
    token = world.ask("open_document", secret=made["secret"])["access_token"]
    assert "roles" not in jwt.decode(token, options={"verify_signature": False})


def test_gw6_links_have_a_limit_by_person(world: World) -> None:
    token = world.person()["access_token"]
    for _ in range(60):
        world.ask("link_document", token, **DOCUMENT)
    assert world.refused("link_document", token, **DOCUMENT).code == "too_many_requests"


def test_gw6_links_that_nobody_opened_are_forgotten(world: World) -> None:
    world.ask("link_document", world.person()["access_token"], **DOCUMENT)
    world.service.forget_old(CallContext())
    assert len(world.rows("select from document_link")) == 1
    world.tools = replace(world.tools, real=FixedClock(datetime.now(UTC) + timedelta(seconds=61)))
    world.service.tools = world.tools
    world.service.forget_old(CallContext())
    assert world.rows("select from document_link") == []


def test_gw6_the_secret_is_not_kept(world: World) -> None:
    secret = world.ask("link_document", world.person()["access_token"], **DOCUMENT)["secret"]
    [kept] = world.rows("select * from document_link")
    assert secret not in str(kept)
    assert world.refused("link_document", **DOCUMENT).code == "unauthenticated"

"""Drill 20: what ended is refused, at gateways that did not hear it from the person themselves, too."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from demo.browser import Browser, OutsideWorld, RefusedError, eventually
from demo.load import register
from demo.world import fresh_phone
from deploy.local.ports import allocate
from deploy.local.process import ManagedProcess
from deploy.local.programs import system as programs
from deploy.local.settings import GATEWAY
from deploy.local.stack import Stack

pytestmark = pytest.mark.slow
PASSWORD = "Session-2026x"
REFUSED_WITHIN = 60.0


@pytest.fixture(scope="module")
def other_gateway(system: Stack) -> Iterator[str]:
    """A second gateway process of the same system; its address."""
    [program] = [program for program in programs(system.settings) if program.name == GATEWAY]
    names = ("http", "health")
    ports = allocate(system.home / "second-gateway", names)
    program = replace(
        program, env=program.env | {"HTTP_PORT": str(ports["http"]), "HEALTH_PORT": str(ports["health"])}
    )
    health = f"http://127.0.0.1:{ports['health']}/health/ready"
    log = system.home / "log" / "second-gateway.log"
    process = ManagedProcess("second-gateway", program.argv, program.env, log, health)
    process.start()
    process.wait_ready()
    yield f"http://127.0.0.1:{ports['http']}"
    process.stop()


@pytest.fixture
def person(system: Stack) -> tuple[Browser, str]:
    """Signed in at the first gateway; and the phone."""
    browser, phone = Browser(system.endpoints["gateway"]["url"]), fresh_phone()
    world = OutsideWorld(system.endpoints["sandbox"]["url"])
    register(browser, world, phone, PASSWORD, None)
    return browser, phone


def _at(gateway: str, tokens: dict[str, Any]) -> Browser:
    browser = Browser(gateway)
    browser.tokens = dict(tokens)
    return browser


def _refused(browser: Browser) -> bool:
    try:
        browser.get("/me")
    except RefusedError as refused:
        assert (refused.status, refused.code) == (401, "session_ended")
        return True
    return False


def test_drill_20_after_sign_out_everywhere_another_gateway_refuses_the_access_token(
    person: tuple[Browser, str], other_gateway: str, system: Stack
) -> None:
    browser, phone = person
    second = Browser(system.endpoints["gateway"]["url"])
    second.sign_in(phone, PASSWORD)
    elsewhere = [_at(other_gateway, browser.tokens), _at(other_gateway, second.tokens)]
    assert not any(_refused(one) for one in elsewhere), "good until then"
    browser.call("DELETE", "/sessions")
    began = time.monotonic()
    assert _refused(browser) and _refused(second), "the gateway that was told refuses at once"
    eventually(lambda: sum(_refused(one) for one in elsewhere) == 2, REFUSED_WITHIN, "the refusal elsewhere")
    assert time.monotonic() - began < REFUSED_WITHIN


def test_drill_20_a_refresh_token_used_twice_ends_the_session_everywhere(
    person: tuple[Browser, str], other_gateway: str
) -> None:
    browser, _ = person
    first = dict(browser.tokens)
    lost = browser.post("/sessions/refresh", {"refresh_token": first["refresh_token"]})
    again = browser.post("/sessions/refresh", {"refresh_token": first["refresh_token"]})
    assert again["refresh_token"] == lost["refresh_token"], "an answer may be lost on the way"
    following = browser.post("/sessions/refresh", {"refresh_token": lost["refresh_token"]})
    elsewhere = _at(other_gateway, following)
    assert not _refused(elsewhere)
    for token in (first["refresh_token"], following["refresh_token"]):
        with pytest.raises(RefusedError) as refused:
            Browser(other_gateway).post("/sessions/refresh", {"refresh_token": token})
        assert (refused.value.status, refused.value.code) == (401, "session_ended")
    eventually(lambda: _refused(elsewhere) and _refused(_at(other_gateway, first)), REFUSED_WITHIN, "the end")
    eventually(lambda: _refused(browser), REFUSED_WITHIN, "the end at the first gateway")

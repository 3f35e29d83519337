"""While the broker takes nothing callers are told so at once; afterwards everything goes on by itself."""

from __future__ import annotations

import time

import httpx

from demo.browser import Browser, eventually
from demo.load import member_of_staff
from deploy.local.stack import Stack
from tests.support_code.broker_memory import no_memory


def test_a_broker_without_memory_is_told_at_once_and_nothing_has_to_be_started_again(system: Stack) -> None:
    browser = Browser(system.endpoints["gateway"]["url"])
    browser.sign_in_as(member_of_staff(system.endpoints["sign_in"], "operator"))

    signed_in = {"Authorization": f"Bearer {browser.tokens['access_token']}"}

    def asked() -> tuple[int, float]:
        began = time.monotonic()
        answer = httpx.get(f"{system.endpoints['gateway']['url']}/api/v1/me", headers=signed_in, timeout=20)
        return answer.status_code, time.monotonic() - began

    assert asked()[0] == 200
    with no_memory(system.nodes):
        # The first publishes what tells the broker that we do; it ends with its deadline.
        first = asked()
        assert (first[0], first[1] < 15) == (504, True)
        eventually(lambda: asked()[0] == 503, what="the broker's word that it blocks")
        told = [asked() for _ in range(20)]
        assert {status for status, _ in told} == {503}
        assert max(seconds for _, seconds in told) < 1
    eventually(lambda: asked()[0] == 200, what="answers again")
    assert all(asked()[0] == 200 for _ in range(20))

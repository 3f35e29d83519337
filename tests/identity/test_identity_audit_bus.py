"""Over the real broker: what staff do elsewhere comes into the log (ID-10), and what ends is refused at every gateway
(drill 20)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from contracts.identifiers import new_id
from gateway.service import Gateway
from services.identity.audit import verify
from services.identity.service import IdentityService
from services.support.service import SupportService
from tests.identity.staff import hold_real_time
from tests.identity.world import PASSWORD, World, new_phone
from tests.support_code.bus import calling
from tests.support_code.services import Running, free_port
from tests.support_code.tokens import Tokens
from tests.support_code.waiting import eventually

pytestmark = pytest.mark.usefixtures("cheap_passwords")


def _entries(world: World) -> list[dict[str, Any]]:
    return world.rows("select * from audit_entry order by position")


def test_id10_what_staff_do_in_another_service_comes_into_the_log(
    world: World, run_service: Callable[..., Running], rpc: Callable[..., Any], tokens: Tokens
) -> None:
    run_service(IdentityService)
    run_service(SupportService)
    support = rpc("support")
    customer, operator = new_id(), new_id()
    with calling(tokens.person(customer), key="an-appeal-0001"):
        opened = support.open_appeal(kind="appeal", subject="Показания", text="Почему так много?")
    with calling(tokens.person(operator, "operator"), request_id="req-of-operator"):
        assert support.queue()["appeals"]
        assert support.appeal(appeal=opened["appeal"])["person"] == customer
    with calling(tokens.person(operator, "operator"), key="an-answer-0001"):
        first = support.answer(appeal=opened["appeal"], text="Проверили, всё верно.")
        assert support.answer(appeal=opened["appeal"], text="Проверили, всё верно.") == first
    found = eventually(lambda: len(_entries(world)) >= 3 and _entries(world))
    told = {entry["operation"]: entry for entry in found}
    assert {name: (entry["kind"], entry["outcome"]) for name, entry in told.items()} == {
        "queue": ("read", "ok"), "appeal": ("read", "ok"), "answer": ("write", "ok"),
    }  # fmt: skip
    for entry in found:
        assert (entry["service"], str(entry["person"]), entry["roles"]) == ("support", operator, ["operator"])
        assert entry["targets"]["appeal"] == [opened["appeal"]]
        # What people write stays where it is.
        assert "Показания" not in str(entry) and "Проверили" not in str(entry)
    assert told["queue"]["request"] == told["appeal"]["request"] == "req-of-operator"
    assert told["queue"]["targets"]["person"] == [customer]
    # The repeated answer changed nothing and is told once; the customer's own acts are not told at all.
    assert len(found) == 3 and verify(world.database, {})[0] == []


def test_drill20_a_session_that_ends_at_one_gateway_is_refused_at_the_other(
    world: World, run_service: Callable[..., Running]
) -> None:
    run_service(IdentityService)
    ports = [free_port(), free_port()]
    for port in ports:
        run_service(Gateway, http={"host": "127.0.0.1", "port": port}, revocations_every=0.2)
    hold_real_time(world)
    phone = new_phone()
    world.person(phone)
    clients = [
        httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", trust_env=False, timeout=30)
        for port in ports
    ]

    def sign_in() -> dict[str, str]:
        answer = clients[0].post("/sessions", json={"login": phone, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def refused(client: httpx.Client, headers: dict[str, str]) -> bool:
        answer = client.get("/me", headers=headers)
        assert answer.status_code in (200, 401), answer.text
        return answer.status_code == 401 and bool(answer.json()["code"] == "session_ended")

    here, there, kept = sign_in(), sign_in(), sign_in()
    assert not any(refused(client, headers) for client in clients for headers in (here, there, kept))
    assert clients[0].delete("/sessions/current", headers=here).status_code == 200
    assert refused(clients[0], here)  # at once
    assert eventually(lambda: refused(clients[1], here))
    assert clients[1].delete("/sessions?others=true", headers=kept).status_code == 200
    assert refused(clients[1], there)
    assert eventually(lambda: refused(clients[0], there))
    assert not any(refused(client, kept) for client in clients)
    # A gateway that starts now knows of what ended before it did.
    port = free_port()
    run_service(Gateway, http={"host": "127.0.0.1", "port": port}, revocations_every=0.2)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", trust_env=False, timeout=30) as late:
        assert eventually(lambda: refused(late, here) and refused(late, there))
        assert not refused(late, kept)
    for client in clients:
        client.close()


def test_drill20_a_gateway_goes_on_while_identity_is_away(
    world: World, run_service: Callable[..., Running]
) -> None:
    identity = run_service(IdentityService)
    port = free_port()
    run_service(Gateway, http={"host": "127.0.0.1", "port": port}, revocations_every=0.2)
    tokens = world.person()
    other = world.person()
    ended = {"Authorization": f"Bearer {tokens['access_token']}"}
    good = {"Authorization": f"Bearer {other['access_token']}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", trust_env=False, timeout=30) as client:
        world.ask("sign_out", tokens["access_token"])
        assert eventually(lambda: client.get("/me", headers=ended).status_code == 401)
        identity.kill()
        assert eventually(lambda: client.get("/me", headers=good).status_code == 503)
        assert client.get("/me", headers=ended).json()["code"] == "session_ended"

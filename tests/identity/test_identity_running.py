"""The real service on the real broker: its answers, its events, its loop under sign-ins."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import eventlet
import pytest
from argon2 import PasswordHasher

from contracts.errors import CabinetError
from contracts.identifiers import new_id
from services.identity.adapters import secrets
from services.identity.service import IdentityService
from services.identity.store import people
from tests.identity.world import PASSWORD, URAL, World, new_number, new_phone
from tests.support_code.bus import Bus, calling
from tests.support_code.services import Running
from tests.support_code.tokens import Tokens
from tests.support_code.waiting import eventually


@pytest.fixture
def identity(run_service: Callable[..., Running], rpc: Callable[..., Any]) -> Any:
    """The service, and a way to call it."""
    run_service(IdentityService)
    return rpc("identity", deadline=60.0)


@pytest.mark.usefixtures("cheap_passwords")
def test_id1_registration_over_the_bus(identity: Any, bus: Bus, world: World, tokens: Tokens) -> None:
    heard = bus.listen("identity.events")
    begun = identity.register(phone=new_phone(), password=PASSWORD, agreement="1", address="127.0.0.1")
    seen: list[Any] = []

    def event(name: str) -> Any:
        seen.extend((m.delivery_info["routing_key"], json.loads(m.body)) for m in bus.take(heard))
        return next((body for key, body in seen if key == name), None)

    code = world.tools.seal.open(eventually(lambda: event("code_issued"))["sealed"])["code"]
    signed_in = identity.confirm_registration(registration=begun["registration"], code=code)
    assert eventually(lambda: event("person_registered"))["person"] == signed_in["person"]
    with calling(signed_in["access_token"]):
        assert identity.me()["person"] == signed_in["person"]
        with pytest.raises(CabinetError, match="service_unavailable"):
            identity.link_account(provider=URAL, number=new_number(), proof="1")
        assert identity.accounts() == {"accounts": []}
    bus.delete(heard)


def test_id2_other_calls_go_on_while_people_sign_in(
    identity: Any, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So dear that one hash on the loop would be seen: well above the 100 ms that are allowed.
    dear = PasswordHasher(time_cost=10)
    began = time.perf_counter()
    hashed = dear.hash(PASSWORD)
    cost = time.perf_counter() - began
    assert cost > 0.1
    monkeypatch.setattr(secrets, "_hasher", dear)
    phones = [new_phone() for _ in range(4)]
    with world.database.transaction() as tx:
        for phone in phones:
            assert people.add_person(
                tx,
                new_id(),
                phone=phone,
                email=None,
                password_hash=hashed,
                language="ru",
                at=world.clock.now(),
            )
    identity.providers()

    def slowest_but_for_five_percent() -> float:
        pool = eventlet.GreenPool()
        signing_in = [pool.spawn(identity.sign_in, login=phone, password=PASSWORD) for phone in phones]
        took = []
        while not all(one.dead for one in signing_in):
            began = time.perf_counter()
            identity.providers()
            took.append(time.perf_counter() - began)
            eventlet.sleep(0.005)
        assert all(one.wait()["person"] for one in signing_in)
        assert len(took) >= 10
        return sorted(took)[int(len(took) * 0.95) - 1]

    # Others use the machine, too: the best of three rounds, and where everything is slow, well below one hash.
    allowed = max(0.1, 0.75 * cost)
    rounds: list[float] = []
    while len(rounds) < 3 and (not rounds or min(rounds) >= allowed):
        rounds.append(slowest_but_for_five_percent())
    assert min(rounds) < allowed

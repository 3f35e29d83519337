"""Money that the ledger does not confirm is announced again (PY-4)."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest

from contracts.events.billing import PaymentPosted
from services.payments.handlers import announcing
from tests.payments.world import World


def posted(world: World, payment: Any, account: str) -> None:
    """Billing told of a part."""
    event = PaymentPosted(
        account=account, provider="uralenergosbyt", at=world.clock.now(), payment=payment["payment"],
        account_number="1", currency="RUB", amount=1, balance=0, paid_at=world.clock.now(), channel="cabinet",
    )  # fmt: skip
    with world.context.begin() as call:
        world.service.payment_posted.__wrapped__(world.service, call, event)


def later(world: World, **passed: float) -> None:
    world.clock.moment += timedelta(**passed)
    announcing.announce_unposted(world.context)


def test_py4_what_is_posted_in_time_is_announced_once(world: World) -> None:
    payment = world.succeeded("1.00", "2.00")
    [event] = world.announced("payment_succeeded")
    for part in event["parts"]:
        posted(world, payment, part["account"])
    later(world, hours=5)
    assert len(world.announced("payment_succeeded")) == 1
    [row] = world.rows("select count(*) as open from payment where announce_at is not null")
    assert row["open"] == 0


def test_py4_a_part_that_is_not_posted_makes_the_whole_be_told_again(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    payment = world.succeeded("1.00", "2.00")
    [first] = world.announced("payment_succeeded")
    posted(world, payment, first["parts"][0]["account"])
    later(world, seconds=100)
    assert len(world.announced("payment_succeeded")) == 1
    later(world, seconds=30)
    told = world.announced("payment_succeeded")
    assert len(told) == 2 and "payment_unposted" in capsys.readouterr().out
    same = {name: value for name, value in told[1].items() if name != "at"}
    assert same == {name: value for name, value in first.items() if name != "at"}
    posted(world, payment, first["parts"][1]["account"])
    later(world, hours=5)
    assert len(world.announced("payment_succeeded")) == 2


def test_py4_pauses_grow_and_it_is_never_given_up(world: World) -> None:
    world.succeeded()
    moments = []
    for _ in range(600):
        before = len(world.announced("payment_succeeded"))
        later(world, minutes=1)
        if len(world.announced("payment_succeeded")) > before:
            moments.append(world.clock.now())
    pauses = [int((b - a).total_seconds() / 60) for a, b in itertools.pairwise(moments)]
    assert pauses[:5] == [4, 8, 16, 32, 60] and pauses[-1] == 60


def test_py4_the_job_says_when_it_has_something_to_do(world: World) -> None:
    assert announcing.announce_unposted(world.context) is None
    world.succeeded()
    assert announcing.announce_unposted(world.context) == world.clock.now() + timedelta(minutes=2)

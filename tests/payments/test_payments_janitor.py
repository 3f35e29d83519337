"""Reconciliation (PY-8): everything open gets its turn, once."""

from __future__ import annotations

from datetime import timedelta

import eventlet
import pytest

from services.payments.handlers.janitor import LEASE, Janitor
from tests.payments.world import World


def test_drill14_two_janitors_at_once_take_each_payment_once(world: World) -> None:
    for _ in range(4):
        world.create()
    world.clock.moment += timedelta(seconds=16)
    pool = eventlet.GreenPool()
    looked = list(pool.imap(lambda _: world.look(0), range(2)))
    assert sum(looked) == 4


def test_py8_one_that_fails_does_not_keep_the_others_from_their_turn(world: World) -> None:
    payments = [world.create() for _ in range(3)]
    for payment in payments:
        world.pay(payment)
    world.sandbox.fault("yookassa.get", "down")
    assert world.look() == 3
    assert sorted(world.state(one) for one in payments) == ["pending", "succeeded", "succeeded"]
    world.look()
    assert {world.state(one) for one in payments} == {"succeeded"}


@pytest.mark.usefixtures("impatient")
def test_py8_a_system_that_does_not_answer_leaves_the_payment_open(world: World) -> None:
    payment = world.create()
    world.pay(payment)
    for kind in ("slow", "no_answer", "error"):
        world.sandbox.fault("yookassa.get", kind, **({"seconds": 2.0} if kind == "slow" else {}))
        assert world.look() == 1
        assert world.state(payment) == "pending"
    world.look()
    assert world.announced_names() == ["payment_succeeded"]


def test_drill12_many_unpaid_orders_do_not_starve_the_newer_ones(world: World) -> None:
    old = {world.create()["payment"] for _ in range(3)}
    world.clock.moment += timedelta(seconds=1)
    new = world.create()["payment"]
    janitor = Janitor(world.context, world.tools)

    def turn() -> set[str]:
        rows = janitor.claim("open_payments", 3)
        for row in rows:
            janitor.carry_out(row)
        return {row["payment"] for row in rows}

    world.clock.moment += timedelta(seconds=20)
    assert turn() == old
    world.clock.moment += timedelta(seconds=20)
    assert new in turn()


def test_py8_what_stays_open_is_asked_about_after_growing_pauses(world: World) -> None:
    payment = world.create()
    janitor = Janitor(world.context, world.tools)
    pauses = []
    for _ in range(8):
        pause = janitor.next_due("open_payments")
        assert pause is not None and world.look(pause - 0.5) == 0
        assert world.look(0.5) == 1
        pauses.append(round(pause))
    assert world.state(payment) == "pending"
    assert pauses == [15, 15, 30, 60, 120, 240, 480, 600]


def test_py8_whoever_lost_the_claim_puts_nothing_off(world: World) -> None:
    payment = world.create()
    world.clock.moment += timedelta(seconds=16)
    janitor = Janitor(world.context, world.tools)
    [slow] = janitor.claim("open_payments", 10)
    world.clock.moment += LEASE
    [fast] = janitor.claim("open_payments", 10)
    claimed_until = world.payment(payment)["ask_at"]
    world.clock.moment += timedelta(seconds=1)
    janitor.carry_out(slow)
    assert world.payment(payment)["ask_at"] == claimed_until
    janitor.carry_out(fast)
    assert world.payment(payment)["ask_at"] == world.clock.moment + timedelta(seconds=30)


def test_py8_final_payments_are_left_alone(world: World) -> None:
    world.succeeded()
    assert world.look() == 0


def test_demo_a_clock_that_was_set_back_does_not_stop_the_janitor(world: World) -> None:
    world.create()
    world.look()
    world.clock.moment -= timedelta(days=30)
    assert world.look(0) == 1

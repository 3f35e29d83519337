"""Whoever is on the way to pay a bill that is withdrawn is told so (BL-4)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from contracts.events.billing import BillWithdrawn
from tests.payments.world import World


def withdraw(world: World, account: str) -> None:
    event = BillWithdrawn(
        account=account, provider="uralenergosbyt", at=world.clock.now(), bill="b", number="1", account_number="1",
        period="2026-10", currency="RUB", charged=Decimal(1), balance=Decimal(0),
    )  # fmt: skip
    with world.context.begin() as call:
        world.service.bill_withdrawn.__wrapped__(world.service, call, event)


def marks(world: World, payment: Any) -> list[datetime | None]:
    rows = world.rows(
        "select bill_withdrawn_at from payment_part where payment = cast(:id as uuid) order by amount",
        id=payment["payment"],
    )
    return [row["bill_withdrawn_at"] for row in rows]


def test_bl4_an_open_payment_says_since_when_the_bill_of_a_part_counts_no_more(world: World) -> None:
    payment = world.create("1.00", "2.00")
    parts = world.ask("payment", payment=payment["payment"])["parts"]
    first = min(parts, key=lambda part: Decimal(part["amount"]))["account"]
    assert marks(world, payment) == [None, None]
    withdraw(world, first)
    assert marks(world, payment) == [world.clock.now(), None]
    shown = world.ask("payment", payment=payment["payment"])["parts"]
    assert {part["account"] for part in shown if part["bill_withdrawn_at"]} == {first}


def test_bl4_a_payment_that_is_over_is_left_as_it_is(world: World) -> None:
    payment = world.succeeded("1.00")
    [event] = world.announced("payment_succeeded")
    withdraw(world, event["parts"][0]["account"])
    assert marks(world, payment) == [None]

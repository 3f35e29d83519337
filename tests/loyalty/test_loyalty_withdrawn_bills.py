"""A bill that was withdrawn is no deadline (BL-4, LY-2), in whatever order its news come."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from contracts.events.billing import BillIssued, BillWithdrawn
from services.loyalty.handlers import bills, reviewing
from tests.loyalty.test_loyalty_deadlines import well_off
from tests.loyalty.world import World, bill, moment, paid


def withdrawn(one: BillIssued) -> BillWithdrawn:
    return BillWithdrawn(
        account=one.account, provider=one.provider, at=moment("2026-11-17T10:00"), bill=one.bill,
        number=one.number, account_number=one.account_number, period=one.period, currency=one.currency,
        charged=one.charged, balance=Decimal(0), revision=one.revision,
    )  # fmt: skip


def again(one: BillIssued, **changes: Any) -> BillIssued:
    return msgspec.structs.replace(one, revision=2, at=moment("2026-11-18T10:00"), **changes)


def test_ly2_what_was_burned_for_a_bill_that_is_withdrawn_comes_back(world: World) -> None:
    one = well_off(world)
    missed = bill(one)
    world.do(bills.bill_issued, missed)
    assert world.do(reviewing.burn_missed, "ural") == 1
    for _ in range(2):
        world.do(bills.bill_withdrawn, withdrawn(missed))
    assert world.standing(one) == (16, "ideal")
    assert world.do(reviewing.burn_missed, "ural") == 0
    # The bill in its place has a deadline of its own; what was given back once is not burned for the period again.
    world.do(bills.bill_issued, again(missed))
    assert world.outcome(one, "2026-10") == "open"
    world.do(reviewing.burn_missed, "ural")
    assert world.outcome(one, "2026-10") == "missed"
    assert world.standing(one) == (16, "ideal")


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_ly2_the_order_of_news_does_not_matter(world: World, order: tuple[int, ...]) -> None:
    one = well_off(world)
    first = bill(one)
    second = again(first, to_pay=Decimal(200))
    news = [
        (bills.bill_issued, first),
        (bills.bill_withdrawn, withdrawn(first)),
        (bills.bill_issued, second),
        (bills.payment_posted, paid(one, "2026-11-15T10:00", posted="2026-11-19T10:00")),
    ]
    for place in order:
        world.do(*news[place])
    assert world.outcome(one, "2026-10") == "in_time"
    assert world.standing(one) == (21, "ideal")

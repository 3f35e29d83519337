"""Was a bill paid in time, early, in the cabinet? (LY-2, LY-4), as plain rules."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest

from services.loyalty.domain.settling import (
    BILL,
    Bill,
    Delivery,
    Payment,
    earned,
    moved,
    news_of,
    settled_by,
)

ISSUED = datetime(2026, 11, 5, tzinfo=UTC)


def bill(to_pay: int = 300, period: str = "2026-10", issued_at: datetime = ISSUED) -> Bill:
    return Bill(period, issued_at, date(2026, 11, 15), date(2026, 11, 1), Decimal(to_pay))


def payment(
    day: date, balance: int = 0, *, posted: date | None = None, channel: str = "bank", amount: int = 300
) -> Payment:
    at = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=12)
    posted_at = datetime.combine(posted or day, datetime.min.time(), UTC) + timedelta(hours=12)
    return Payment(posted_at, at, day, Decimal(amount), Decimal(balance), channel)


def criteria(of: Bill, *payments: Payment, others: tuple[Bill, ...] = ()) -> list[str]:
    return earned(of, settled_by(of, [of, *others], payments), [])


def test_ly2_paid_on_the_last_day_is_in_time() -> None:
    assert criteria(bill(), payment(date(2026, 11, 15))) == ["payment_in_time"]
    assert criteria(bill(), payment(date(2026, 11, 16))) == []


def test_ly2_a_part_is_not_a_payment_of_the_bill() -> None:
    assert criteria(bill(), payment(date(2026, 11, 10), balance=1)) == []
    two = payment(date(2026, 11, 10), balance=1), payment(date(2026, 11, 11))
    assert criteria(bill(), *two) == ["payment_in_time"]


def test_ly2_money_taken_back_settles_nothing() -> None:
    assert criteria(bill(), payment(date(2026, 11, 10), balance=-1, amount=-10)) == []


def test_ly2_the_day_it_was_paid_counts_not_the_day_it_was_posted() -> None:
    late = payment(date(2026, 11, 15), posted=date(2026, 11, 20))
    assert criteria(bill(), late) == ["payment_in_time"]


def test_ly2_in_the_cabinet_gives_more_but_only_in_time() -> None:
    assert criteria(bill(), payment(date(2026, 11, 15), channel="cabinet")) == [
        "payment_in_time",
        "payment_in_cabinet",
    ]
    assert criteria(bill(), payment(date(2026, 11, 16), channel="cabinet")) == []


def test_ly4_early_payment_ahead_of_the_bill_as_seed_001_advises() -> None:
    covered = bill(to_pay=0)
    ahead = payment(date(2026, 10, 20), balance=-300, channel="cabinet")
    assert criteria(covered, ahead) == ["payment_in_time", "payment_in_cabinet", "early_payment"]
    assert criteria(covered, payment(date(2026, 11, 2), balance=-300)) == ["payment_in_time"]


def test_ly4_paying_years_ahead_covers_every_bill_until_the_money_is_used_up() -> None:
    ahead = payment(date(2026, 8, 20), balance=-700)
    september = bill(-400, "2026-08", datetime(2026, 9, 5, tzinfo=UTC))
    october = bill(0, "2026-09", datetime(2026, 10, 5, tzinfo=UTC))
    assert "early_payment" in criteria(october, ahead, others=(september,))
    # An adjustment, not the payment, covers what comes when the payment's money is gone.
    november = bill(0)
    assert criteria(november, ahead, others=(september, october)) == []


def test_ly4_a_bill_covered_by_no_payment_is_neither_early_nor_missed() -> None:
    covered = bill(to_pay=-50)
    assert criteria(covered) == []
    assert criteria(covered, payment(date(2026, 10, 10), balance=0)) == []
    assert news_of(covered, None) == "covered"


def test_ly4_a_bill_that_is_not_covered_is_not_settled_by_what_was_paid_before_it() -> None:
    assert criteria(bill(to_pay=1), payment(date(2026, 10, 20), balance=-299)) == []


def test_ly2_paperless_is_how_bills_were_delivered_when_the_bill_came() -> None:
    email = Delivery(ISSUED - timedelta(days=30), "email")
    paper = Delivery(ISSUED - timedelta(days=1), "paper")
    later = Delivery(ISSUED + timedelta(days=1), "email")
    assert earned(bill(), None, [email]) == ["paperless"]
    assert earned(bill(), None, [paper, email]) == []
    assert earned(bill(), None, [later, paper, email]) == []
    assert earned(bill(), None, [Delivery(ISSUED, "both")]) == []
    assert earned(bill(), None, []) == []


@pytest.mark.parametrize(
    ("outcome", "news"),
    list(product(["open", "covered", "missed", "in_time"], ["paid", "covered", "missed", None])),
)
def test_ly2_only_the_listed_news_change_a_bill(outcome: str, news: str | None) -> None:
    allowed = {
        ("open", "paid"): "in_time",
        ("open", "covered"): "covered",
        ("open", "missed"): "missed",
        ("missed", "paid"): "in_time",
        ("covered", "paid"): "in_time",
    }
    assert moved(outcome, news) == allowed.get((outcome, news or ""), outcome)
    assert allowed == BILL

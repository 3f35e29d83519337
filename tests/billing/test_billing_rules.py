"""Deadlines (dated rules) and the double-entry ledger (BL-5), as plain functions."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.charges import ChargeLine, vat_within
from services.billing.domain.deadlines import DeadlineRule, deadlines
from services.billing.domain.ledger import charge_transfers, effect_on_balance, payment_transfer
from tests.billing.world import D

RULES = (DeadlineRule(date(2021, 10, 1), 1, 10, 1), DeadlineRule(date(2026, 3, 1), 5, 15, None))
NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("period", "due", "early"),
    [
        ("2025-12", date(2026, 1, 10), date(2026, 1, 1)),
        ("2026-01", date(2026, 2, 10), date(2026, 2, 1)),
        ("2026-02", date(2026, 3, 15), None),
        ("2026-12", date(2027, 1, 15), None),
    ],
)
def test_bl4_the_due_day_is_that_of_the_rule_in_force_when_the_bill_comes(
    period: str, due: date, early: date | None
) -> None:
    assert deadlines(RULES, period) == (due, early)


def charged(resource: str, amount: Decimal, rate: Decimal) -> ChargeLine:
    vat = vat_within(amount, rate)
    return ChargeLine("actual", resource, resource, "single", "u", D(1), amount, amount, rate, vat, "")


lines = st.lists(
    st.builds(
        charged,
        st.sampled_from(["electricity", "heating", "hot_water"]),
        st.decimals(-100_000, 100_000, places=2),
        st.sampled_from([D(0), D(20), D(22)]),
    ),
    max_size=8,
)


@given(lines=lines)
def test_bl5_any_lines_move_the_balance_by_their_sum_and_all_accounts_sum_to_zero(
    lines: list[ChargeLine],
) -> None:
    transfers = charge_transfers("a", "b", lines, NOW)
    assert sum(map(effect_on_balance, transfers)) == sum(line.amount for line in lines)
    books: dict[str, Decimal] = {}
    for transfer in transfers:
        assert transfer.amount > 0 and transfer.debit != transfer.credit
        books[transfer.debit] = books.get(transfer.debit, D(0)) + transfer.amount
        books[transfer.credit] = books.get(transfer.credit, D(0)) - transfer.amount
    assert sum(books.values()) == 0
    assert -books.get("vat", D(0)) == sum(line.vat for line in lines)
    for resource in ("electricity", "heating", "hot_water"):
        net = sum((line.amount - line.vat for line in lines if line.resource == resource), D(0))
        assert -books.get(f"revenue:{resource}", D(0)) == net
    assert len({transfer.reference for transfer in transfers}) == len(transfers)


def test_bl5_a_payment_lowers_the_balance() -> None:
    transfer = payment_transfer("a", "p", "yookassa", D("12.30"), NOW)
    assert effect_on_balance(transfer) == D("-12.30")
    assert (transfer.debit, transfer.credit) == ("clearing:yookassa", "receivable")

"""Money, identifiers, periods, the error catalogue, the registry of events, meter messages."""

from __future__ import annotations

import re
import time
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import ami, identifiers
from contracts.errors import CATALOGUE, KINDS, CabinetError
from contracts.events import REGISTRY
from contracts.identifiers import account_id, new_id
from contracts.money import CurrencyMismatchError, Money, round_money
from contracts.periods import (
    InvalidPeriodError,
    next_period,
    parse_period,
    period_bounds,
    period_of,
    previous_period,
)
from contracts.wording import problem_title

cents = st.decimals(-(10**9), 10**9, places=2)

# --- money --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [("0.005", "0.01"), ("0.004999", "0.00"), ("1.015", "1.02"), ("-0.005", "-0.01"), ("2", "2.00")],
)
def test_halves_of_a_hundredth_go_away_from_zero(exact: str, rounded: str) -> None:
    assert str(round_money(Decimal(exact))) == rounded


@given(cents, cents)
def test_money_adds_and_takes_away_exactly(one: Decimal, other: Decimal) -> None:
    a, b = Money(one, "RUB"), Money(other, "RUB")
    assert (a + b) - b == a
    assert a - b == -(b - a)


@pytest.mark.parametrize("operation", [lambda a, b: a + b, lambda a, b: a - b])
def test_currencies_do_not_mix(operation: Any) -> None:
    with pytest.raises(CurrencyMismatchError):
        operation(Money(Decimal(1), "RUB"), Money(Decimal(1), "UAH"))


@given(cents)
def test_money_is_text_on_the_wire(amount: Decimal) -> None:
    raw = msgspec.json.encode(Money(amount, "RUB"))
    assert msgspec.json.decode(raw) == {"amount": str(amount), "currency": "RUB"}
    assert str(msgspec.json.decode(raw, type=Money).amount) == str(amount)


# --- identifiers ----------------------------------------------------------------------------------------------------


def test_new_ids_are_uuids_of_version_7() -> None:
    for _ in range(200):
        found = uuid.UUID(new_id())
        assert (found.version, found.variant) == (7, uuid.RFC_4122)


def test_ids_sort_by_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time_ns()
    made = []
    for step in range(100):
        monkeypatch.setattr(identifiers.time, "time_ns", lambda step=step: now + step * 1_000_000)
        made.append(new_id())
    assert made == sorted(made)
    assert int(made[0].replace("-", "")[:12], 16) == now // 1_000_000


def test_ids_of_the_same_moment_differ() -> None:
    assert len({new_id() for _ in range(20_000)}) == 20_000


def test_an_accounts_id_is_the_same_everywhere_and_for_ever() -> None:
    assert account_id("uralenergosbyt", "7401234567") == "5adc82dd-7af9-567f-9a31-48a391669085"
    assert account_id("uralenergosbyt", "7401234567") != account_id("ustek", "7401234567")
    assert account_id("uralenergosbyt", "7401234567") != account_id("uralenergosbyt", "7401234568")


# --- periods --------------------------------------------------------------------------------------------------------


@given(st.dates(date(1, 2, 1), date(9998, 12, 31)))
def test_the_next_and_the_previous_period_undo_each_other(day: date) -> None:
    period = period_of(day)
    assert parse_period(period) == day.replace(day=1)
    assert previous_period(next_period(period)) == period
    assert next_period(previous_period(period)) == period
    assert previous_period(period) < period < next_period(period)


def test_years_turn() -> None:
    assert (next_period("2026-12"), previous_period("2026-01")) == ("2027-01", "2025-12")


@pytest.mark.parametrize(
    "text", ["2026", "2026-13", "2026-00", "2026-1", "26-01", "2026-01-01", "", "x", "2026-W1"]
)
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(InvalidPeriodError):
        parse_period(text)


def test_a_period_is_the_month_of_the_providers_own_zone() -> None:
    begins, ends = period_bounds("2026-03", ZoneInfo("Europe/Kyiv"))
    assert begins.astimezone(UTC) == datetime(2026, 2, 28, 22, tzinfo=UTC)
    assert ends.astimezone(UTC) == datetime(2026, 3, 31, 21, tzinfo=UTC)  # summer time began meanwhile


# --- errors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_every_code_has_a_kind_and_plain_words(code: str) -> None:
    kind, words = CATALOGUE[code], problem_title("en", code)
    assert kind in KINDS
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code)
    assert words.endswith(".")
    assert words[0].isupper()
    error = CabinetError(code, account="a1")
    assert (error.kind, error.status, error.detail, error.fields) == (
        kind,
        KINDS[kind],
        words,
        {"account": "a1"},
    )


def test_every_kind_has_an_http_status_of_its_own() -> None:
    assert len(set(KINDS.values())) == len(KINDS)
    assert all(400 <= status < 600 for status in KINDS.values())


def test_a_code_of_a_newer_service_counts_as_internal() -> None:
    error = CabinetError("invented_next_year", "Words.")
    assert (error.kind, error.status, str(error)) == ("internal", 500, "invented_next_year: Words.")


# --- events ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", sorted(REGISTRY), ids=".".join)
def test_an_event_has_source_name_words_and_aggregate(key: tuple[str, str]) -> None:
    kind = REGISTRY[key]
    assert (kind.source, kind.event_name()) == key
    assert re.fullmatch(r"[a-z]+(_[a-z]+)+", key[1])
    assert kind.__doc__
    assert kind.__doc__.strip()
    assert kind.version >= 1
    assert "aggregate" in {name for base in kind.__mro__[:-3] for name in vars(base)}
    assert not any(word in key[1] for word in ("please", "request", "command"))


# --- meter messages -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number", ["4036.125", '"4036.125"', "0.1", '"0.1"', "1e3", "12345678901234567890.123"]
)
def test_a_number_never_passes_through_a_binary_float(number: str) -> None:
    reading = ami.decode_reading(msgspec.Raw(f'{{"meter": "1", "obis": "x", "value": {number}}}'.encode()))
    assert reading.value == Decimal(number.strip('"'))


def test_a_bad_entry_does_not_touch_the_batch() -> None:
    batch = ami.decode_batch(
        b'{"batch": "b", "head_end": "h", "sent_at": "2026-10-02T00:07:11+05:00",'
        b' "readings": [{"meter": 1}, {"meter": "1", "obis": "x", "from": "2026-10-02T00:00:00Z"}]}'
    )
    with pytest.raises(msgspec.ValidationError):
        ami.decode_reading(batch.readings[0])
    assert ami.decode_reading(batch.readings[1]).from_ == datetime(2026, 10, 2, tzinfo=UTC)

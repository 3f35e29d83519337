"""Interval data on the grid of local days (MT-8), as plain functions."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metering.domain.intervals import DaySlice, MisalignedError, by_local_day, day_bounds, merge
from services.metering.domain.thousandths import (
    MOST,
    Values,
    ValueUnfitError,
    exact_values,
    plain_values,
    to_milli,
)

KYIV, URAL = ZoneInfo("Europe/Kyiv"), ZoneInfo("Asia/Yekaterinburg")
Amounts = list[int | None]


def ones(count: int) -> Values:
    return Values(list(range(count)))


@pytest.mark.parametrize(
    ("day", "zone", "slots"),
    [
        (date(2026, 3, 29), KYIV, 46),
        (date(2026, 10, 25), KYIV, 50),
        (date(2026, 10, 24), KYIV, 48),
        (date(2026, 3, 29), URAL, 48),
        (date(2026, 10, 25), URAL, 48),
    ],
)
def test_mt8_a_local_day_has_as_many_half_hours_as_its_clock(day: date, zone: ZoneInfo, slots: int) -> None:
    begin, end = day_bounds(day, zone)
    assert end - begin == slots * timedelta(minutes=30)
    before, found, after = by_local_day(begin - timedelta(minutes=30), 30, ones(slots + 2), zone)
    assert (before.day, before.first, before.values.amounts) == (
        day - timedelta(days=1),
        before.slots - 1,
        [0],
    )
    assert (found.day, found.starts_at, found.slots, found.first) == (day, begin, slots, 0)
    assert found.values.amounts == list(range(1, slots + 1))
    assert (after.day, after.first, after.values.amounts) == (day + timedelta(days=1), 0, [slots + 1])


def test_mt8_the_hour_that_comes_twice_keeps_both_values() -> None:
    start = datetime(2026, 10, 25, 3, 0, tzinfo=KYIV)  # summer time's last hour
    [part] = by_local_day(start, 30, ones(4), KYIV)
    assert (part.first, part.values.amounts) == (6, [0, 1, 2, 3])
    assert by_local_day(start.replace(fold=1), 30, ones(1), KYIV)[0].first == 8


@pytest.mark.parametrize(("step", "minute"), [(30, 15), (15, 5), (60, 30)])
def test_mt8_a_start_off_the_grid_is_refused(step: int, minute: int) -> None:
    with pytest.raises(MisalignedError):
        by_local_day(datetime(2026, 11, 1, 0, minute, tzinfo=URAL), step, ones(1), URAL)
    with pytest.raises(MisalignedError):
        by_local_day(datetime(2026, 11, 1, 0, 0, 1, tzinfo=URAL), step, ones(1), URAL)


def test_mt8_the_grid_is_local_where_the_offset_is_no_whole_hour() -> None:
    zone = ZoneInfo("Asia/Kathmandu")
    [part] = by_local_day(datetime(2026, 11, 1, 1, 0, tzinfo=zone), 60, ones(2), zone)
    assert (part.first, part.slots) == (1, 24)
    with pytest.raises(MisalignedError):
        by_local_day(datetime(2026, 11, 1, 1, 0, tzinfo=UTC), 60, ones(1), zone)


@pytest.mark.parametrize(
    ("text", "milli"),
    [
        ("0", 0),
        ("0.001", 1),
        ("0.3", 300),
        ("1E+2", 100_000),
        ("1.2300", 1230),
        ("2147483.647", MOST),
        ("-0", 0),
    ],
)
def test_mt8_values_become_exact_thousandths(text: str, milli: int) -> None:
    assert to_milli(Decimal(text)) == milli


@pytest.mark.parametrize(
    "text",
    [
        "-0.001", "0.0001", "2147483.648", "NaN", "sNaN", "Infinity", "-Infinity", "1E+999999",
        "0.30000000000000004", "0.1230000000000000000000000000000000001",
    ],
)  # fmt: skip
def test_mt8_a_value_that_does_not_fit_is_refused_and_never_rounded(text: str) -> None:
    with pytest.raises(ValueUnfitError):
        to_milli(Decimal(text))


@given(
    st.lists(
        st.one_of(
            st.none(),
            st.decimals(allow_nan=True, allow_infinity=True),
            st.decimals(min_value=0, max_value=3_000_000, places=3),
        )
    )
)
def test_mt8_a_list_becomes_exactly_what_its_values_become_one_by_one(values: list[Decimal | None]) -> None:
    try:
        one_by_one = [None if value is None else to_milli(value) for value in values]
    except ValueUnfitError:
        with pytest.raises(ValueUnfitError):
            exact_values(values)
        return
    found = exact_values(values)
    assert found.amounts == one_by_one
    assert (found.size, found.count) == (len(values), sum(value is not None for value in values))


plain = st.one_of(st.none(), st.integers(0, 999_999_999).map(lambda n: Decimal(n).scaleb(-3)))


@given(values=st.lists(plain, min_size=1, max_size=60), quoted=st.booleans(), spaced=st.booleans())
def test_mt8_plain_values_are_the_same_as_when_they_are_read(
    values: list[Decimal | None], quoted: bool, spaced: bool
) -> None:
    """Text that goes to the database as it came means what the exact way makes of it."""
    written = ["null" if v is None else f'"{v:.3f}"' if quoted else f"{v:.3f}" for v in values]
    found = plain_values(f"[{(', ' if spaced else ',').join(written)}]".encode())
    exact = exact_values(values)
    assert found is not None
    assert (found.size, found.count, found.last()) == (exact.size, exact.count, exact.last())
    if found.count:
        assert [None if part == "null" else int(part) for part in found.text.split(",")] == exact.amounts
    assert found.amounts == exact.amounts
    assert Values(exact.amounts).text == ",".join(
        "null" if amount is None else str(amount) for amount in exact.amounts
    )


@pytest.mark.parametrize(
    "text",
    [
        "[]", "null", "[1]", "[0.1]", '["0.0001"]', '["-0.001"]', '["1000000.000"]', "[1.000e2]", '["NaN"]',
        '["0.001" ]', '[["0.001"]]', '["0.001","0.01"]', '["١.٠٠١"]', '["0.001"', '{"0.001"}',
        '["0.001"],', '["1 000.000"]', '["0,001"]', '[".001"]', '["0.001",]', '["0.001""0.002"]',
    ],
)  # fmt: skip
def test_mt8_what_is_not_plain_is_read_the_exact_way(text: str) -> None:
    assert plain_values(text.encode()) is None


@pytest.mark.parametrize("text", ['["9.999","9.999"]', '["0.000","1.234"]'])
def test_mt8_lists_of_one_shape_keep_their_own_values(text: str) -> None:
    """The shape of a list that matched is remembered; its digits are not."""
    found = plain_values(text.encode())
    assert found is not None
    assert found.amounts == [int(part.strip('"').replace(".", "")) for part in text[1:-1].split(",")]


def test_mt8_a_part_of_a_day_becomes_the_whole_days_array() -> None:
    [part] = by_local_day(datetime(2026, 11, 1, 1, tzinfo=URAL), 60, Values([7, None]), URAL)
    assert part.array_text() == "{null,7,null" + ",null" * 21 + "}"
    [whole] = by_local_day(datetime(2026, 11, 1, tzinfo=URAL), 60, Values([1] * 24), URAL)
    assert whole.array_text() == "{" + ",".join("1" * 24) + "}"


# --- merging --------------------------------------------------------------------------------------------------------

amounts = st.lists(st.one_of(st.none(), st.integers(0, 5)), min_size=1, max_size=48)


def whole_day(values: Amounts) -> DaySlice:
    return DaySlice(date(2026, 11, 1), datetime(2026, 11, 1, tzinfo=UTC), len(values), 0, Values(values), {})


@given(values=amounts, data=st.data())
def test_mt8_parts_in_any_split_and_order_make_the_whole(values: Amounts, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(values)), max_size=6)) | {0, len(values)})
    parts = [
        DaySlice(
            date(2026, 11, 1), datetime(2026, 11, 1, tzinfo=UTC), len(values), a, Values(values[a:b]), {}
        )
        for a, b in itertools.pairwise(cuts)
    ]
    stored: Amounts = [None] * len(values)
    accepted = 0
    for part in data.draw(st.permutations(parts)):
        merged = merge(stored, part)
        assert (merged.duplicates, merged.corrected) == (0, 0)
        accepted += merged.accepted
        stored = merged.amounts
    assert stored == values
    assert accepted == sum(value is not None for value in values)


@given(stored=amounts, data=st.data())
def test_mt8_merging_keeps_what_is_missing_and_is_idempotent(stored: Amounts, data: st.DataObject) -> None:
    size = len(stored)
    new = data.draw(st.lists(st.one_of(st.none(), st.integers(0, 5)), min_size=size, max_size=size))
    before = list(stored)
    first = merge(stored, whole_day(new))
    assert stored == before
    assert first.amounts == [old if value is None else value for old, value in zip(stored, new, strict=True)]
    sent = sum(value is not None for value in new)
    assert first.accepted + first.duplicates + first.corrected == sent
    again = merge(first.amounts, whole_day(new))
    assert (again.amounts, again.duplicates) == (first.amounts, sent)
